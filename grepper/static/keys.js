// Keys for those who do not like to leave the keyboard. They are off where one may write.
const KEYS = [
  ['j', 'next row'],
  ['k', 'row before'],
  ['o', 'open the row'],
  ['/', 'find box'],
  ['?', 'these keys'],
];
// What lists have as rows: each has a link.
const ROWS = 'main .list-group-item, main li, main tbody tr';

function rows() {
  const all = [...document.querySelectorAll(ROWS)];
  const has = (row) => link(row) && !row.closest('nav, aside, .tree, .chips') && row.checkVisibility?.() !== false;
  // A row within another one is part of it.
  return all.filter((row) => has(row) && !row.parentElement.closest('li, tr, .list-group-item'));
}

function link(row) {
  return row.querySelector('a[href]');
}

function move(by) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? first(all) : -1) : at + by];
  if (!next) return;
  link(next).focus({ focusVisible: true });
  next.scrollIntoView({ block: 'nearest' });
}

// The first row that is in sight.
function first(all) {
  return Math.max(0, all.findIndex((row) => row.getBoundingClientRect().top >= 0));
}

function open() {
  rows().find((row) => row.contains(document.activeElement))?.querySelector('a[href]').click();
}

function find() {
  const box = document.getElementById('find-box');
  box?.select();
  box?.focus();
}

let list;

function help() {
  if (!list) {
    list = document.createElement('dialog');
    list.className = 'keys';
    list.setAttribute('aria-label', 'Keys');
    const told = document.createElement('dl');
    for (const [key, words] of KEYS) {
      const [name, means] = ['dt', 'dd'].map((element) => document.createElement(element));
      const keyboard = document.createElement('kbd');
      keyboard.textContent = key;
      name.append(keyboard);
      means.textContent = words;
      told.append(name, means);
    }
    const close = document.createElement('button');
    close.type = 'button';
    close.textContent = 'Close';
    close.addEventListener('click', () => list.close());
    list.append(told, close);
    document.body.append(list);
  }
  if (list.open) list.close();
  else list.showModal();
}

const DOES = { j: () => move(1), k: () => move(-1), o: open, '/': find, '?': help };

export function listen() {
  document.addEventListener('keydown', (event) => {
    const does = Object.hasOwn(DOES, event.key) && DOES[event.key];
    if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest('input, select, textarea, [contenteditable]')) return;
    if (list?.open && event.key !== '?') return;
    event.preventDefault();
    does();
  });
}
