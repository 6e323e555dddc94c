// Bars of counts that can be read and chosen: what is below the pointer is told, a click leads to its messages, and
// who draws over several bars searches all their time. The numbers and links are those of the table beside the picture.

const APART = 4; // pixels that a click may wander

function bars(place) {
  const picture = place.querySelector('svg.bars');
  const table = place.nextElementSibling?.querySelector('table');
  if (!picture || !table) return;
  const rows = [...table.tBodies[0].rows].map((row) => ({
    when: row.querySelector('time').textContent,
    link: row.querySelector('a').href,
    count: row.cells[1].textContent,
  }));
  if (rows.length === 0) return;
  // The words of the picture would cover what is told here.
  for (const title of picture.querySelectorAll('title')) title.remove();
  const told = document.createElement('p');
  told.className = 'pointed';
  told.hidden = true;
  const mark = document.createElement('div');
  mark.className = 'mark';
  mark.hidden = true;
  place.append(mark, told);
  let from;

  function below(event) {
    const { left, width } = picture.getBoundingClientRect();
    const number = Math.floor(((event.clientX - left) / width) * rows.length);
    return Math.min(Math.max(number, 0), rows.length - 1);
  }

  function chosen(event) {
    const to = below(event);
    const first = from && Math.abs(event.clientX - from.x) > APART ? from.number : to;
    return [Math.min(first, to), Math.max(first, to)];
  }

  function tell(event) {
    const [first, last] = chosen(event);
    const [part, parts] = [100 / rows.length, last - first + 1];
    mark.style.left = `${first * part}%`;
    mark.style.width = `${parts * part}%`;
    told.textContent = parts === 1
      ? `${rows[first].when}: ${rows[first].count}`
      : `${rows[first].when} to ${rows[last].when}: ${sum(first, last)}`;
    // Beside the pointer, and within the picture.
    const middle = (first + parts / 2) * part;
    told.style.left = middle <= 50 ? `${first * part}%` : 'auto';
    told.style.right = middle <= 50 ? 'auto' : `${100 - (last + 1) * part}%`;
    mark.hidden = told.hidden = false;
  }

  function sum(first, last) {
    const counts = rows.slice(first, last + 1).map((row) => Number(row.count.replaceAll(/\D/g, '')));
    return counts.reduce((all, count) => all + count, 0).toLocaleString('en');
  }

  function forget() {
    from = undefined;
    mark.hidden = told.hidden = true;
  }

  function lead(event) {
    const [first, last] = chosen(event);
    const address = new URL(rows[first].link);
    address.searchParams.set('end', new URL(rows[last].link).searchParams.get('end'));
    forget();
    location.assign(address);
  }

  picture.addEventListener('pointermove', tell);
  picture.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    from = { number: below(event), x: event.clientX };
    picture.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  picture.addEventListener('pointerup', (event) => from && lead(event));
  picture.addEventListener('pointerleave', () => from || forget());
  picture.addEventListener('pointercancel', forget);
  addEventListener('keydown', (event) => event.key === 'Escape' && forget());
}

for (const place of document.querySelectorAll('.over-time')) bars(place);
