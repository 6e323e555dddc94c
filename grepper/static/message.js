// What makes the page of a message handy: copying. All that is copied can be selected without.
import { copy } from './copy.js';

const ways = document.getElementById('ways');
const said = document.createElement('span');
said.setAttribute('role', 'status');
said.className = 'faint';

async function give(text, what) {
  said.textContent = (await copy(text)) ? `${what} copied` : `${what} cannot be copied here`;
}

for (const each of document.querySelectorAll('[data-copy]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'plain';
  button.textContent = `Copy ${each.dataset.copy}`;
  button.addEventListener('click', () => give(each.textContent, each.dataset.copy));
  ways?.append(button, ' ');
}
// The JSON is fetched when somebody wants it, as the page shows large ones in part.
const json = document.querySelector('[data-copy-json]');
if (json) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'plain';
  button.textContent = 'Copy JSON';
  button.addEventListener('click', async () => {
    const answer = await fetch(json.href).catch(() => null);
    if (answer?.ok) await give(await answer.text(), 'JSON');
    else said.textContent = 'The JSON cannot be had now';
  });
  ways?.append(button, ' ');
}
ways?.append(said);

// The key of a member tells its path, and gives it to whoever clicks on it; what folds does so beside its key.
const moved = document.createElement('p');
moved.setAttribute('role', 'status');
moved.className = 'told';

document.addEventListener('click', async (event) => {
  const key = event.target.closest('.tree .key[title]');
  if (!key || String(getSelection())) return;
  event.preventDefault();
  const done = await copy(key.title);
  moved.textContent = done ? `${key.title} copied` : key.title;
  document.body.append(moved);
  clearTimeout(moved.timer);
  moved.timer = setTimeout(() => moved.remove(), 2500);
});
