// The pages that make charts and widgets show what is chosen at once. Without this, their button does.
import { PAUSE, suggest } from './complete.js';
import { copyButton } from './copy.js';

const WAIT = 300; // milliseconds after the last change
const form = document.querySelector('form.builder');
let waiting;
let asking;

form.addEventListener('input', (event) => {
  again(event.target);
  clearTimeout(waiting);
  waiting = setTimeout(show, WAIT);
});
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  await show();
  // On a small screen it is below the form.
  document.getElementById('made').scrollIntoView({ block: 'nearest' });
});

// Where there may be several values, there is a blank field more.
function again(field) {
  if (field.dataset.several === undefined || !field.value) return;
  const fields = form.querySelectorAll(`input[name="${field.name}"]`);
  if (field !== fields[fields.length - 1]) return;
  const label = field.closest('label').cloneNode(true);
  const blank = label.querySelector('input');
  blank.value = '';
  blank.placeholder = 'another';
  blank.removeAttribute('id');
  field.closest('label').after(label);
}

// The page itself tells what is made of a form, and under which address.
async function show() {
  asking?.abort();
  asking = new AbortController();
  const address = new URL(form.action);
  address.hash = '';
  for (const [name, value] of new FormData(form)) {
    if (value.trim()) address.searchParams.append(name, value.trim());
  }
  const options = { headers: { Accept: 'text/html' }, signal: asking.signal };
  const answer = await fetch(address, options).catch((error) => (error.name === 'AbortError' ? 'late' : null));
  if (answer === 'late') return;
  const page = answer && new DOMParser().parseFromString(await answer.text(), 'text/html');
  const made = page?.getElementById('made');
  if (!made) {
    form.submit();
    return;
  }
  document.getElementById('made').replaceWith(document.adoptNode(made));
  run(made);
  offer(made);
  const wrong = page.querySelector('form.builder [aria-invalid]')?.name;
  for (const field of form.elements) {
    if (field.name === wrong) {
      field.setAttribute('aria-invalid', 'true');
      field.setAttribute('aria-describedby', 'fault');
    } else field.removeAttribute('aria-invalid');
  }
  history.replaceState(history.state, '', answer.url);
}

// A script that came with a page that was fetched does nothing until it is made anew.
function run(made) {
  for (const script of made.querySelectorAll('script')) {
    const anew = document.createElement('script');
    for (const { name, value } of script.attributes) anew.setAttribute(name, value);
    script.replaceWith(anew);
  }
}

function offer(made) {
  for (const code of made.querySelectorAll('pre.code')) code.after(copyButton(code, 'copy'));
}

// Names, while one is typed.
let completing;
form.addEventListener('input', ({ target }) => {
  const { kind } = target.dataset;
  if (!kind) return;
  clearTimeout(completing);
  const address = new URL(form.dataset.names, location.href);
  const asked = () => ({ kinds: [kind], prefix: target.value.trim(), address });
  completing = setTimeout(() => suggest(target, document.getElementById('names'), asked()), PAUSE);
});

offer(document.getElementById('made'));
