// Shows times in UTC, as they come, or in the reader's zone. What a <time> shows is said by its data-shows: "exact",
// "clock" or "day"; one without it stays as it is.
const KEY = 'grepper-zone';
const written = new WeakMap();

function two(number) {
  return String(number).padStart(2, '0');
}

function offset(time) {
  const minutes = -time.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function day(time) {
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function clock(time) {
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

// Rows stand under days of UTC: where the reader has another day, the row says so.
function clockOfDay(time) {
  const isSame = time.getDate() === time.getUTCDate();
  const weekday = time.toLocaleDateString('en', { weekday: 'short' });
  return isSame ? clock(time) : `${weekday} ${clock(time)}`;
}

const FORMS = {
  exact: (time) => `${day(time)} ${clock(time)} ${offset(time)}`,
  clock: clockOfDay,
  day,
};

function remembered() {
  try {
    return localStorage.getItem(KEY) === 'mine';
  } catch {
    return false; // no storage: the page is in UTC
  }
}

function remember(mine) {
  try {
    localStorage.setItem(KEY, mine ? 'mine' : 'utc');
  } catch {
    // It holds for this page.
  }
}

function show(within, mine) {
  for (const each of within.querySelectorAll('time[datetime][data-shows]')) {
    const form = FORMS[each.dataset.shows];
    const time = new Date(each.dateTime);
    if (!form || Number.isNaN(time.getTime())) continue;
    if (!written.has(each)) written.set(each, each.textContent);
    const text = mine ? form(time) : written.get(each);
    if (each.textContent !== text) each.textContent = text;
  }
}

export function offer(place) {
  if (!place) return;
  let mine = remembered();
  const choices = [['UTC', false], ['mine', true]].map(([name, isMine]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.addEventListener('click', () => {
      mine = isMine;
      remember(mine);
      tell();
    });
    return [button, isMine];
  });

  function tell() {
    for (const [button, isMine] of choices) button.setAttribute('aria-pressed', String(isMine === mine));
    // What is told of days, and of what was searched, stays in UTC, and then says so.
    document.documentElement.dataset.zone = mine ? 'mine' : 'utc';
    show(document, mine);
  }

  place.querySelector('span').replaceWith(...choices.map(([button]) => button));
  tell();
  // Rows that come later are in the chosen zone, too.
  const later = new MutationObserver(() => mine && show(document, mine));
  later.observe(document.getElementById('main'), { childList: true, subtree: true });
}
