// What makes the page of search results comfortable. All of it can be done without, by links and forms.
import { complete } from './complete.js';
import { copyButton } from './copy.js';

const LOOK_AGAIN = 10_000; // milliseconds
const list = document.getElementById('messages');

// --- More messages below, instead of another page; and back to the same row from a message.

function more() {
  if (!list?.dataset.later) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'more';
  button.textContent = 'Show more';
  button.addEventListener('click', () => append(button));
  list.after(button);
}

async function append(button) {
  button.disabled = true;
  const page = await fetched(list.dataset.later);
  button.disabled = false;
  const found = page?.getElementById('messages');
  if (!found) {
    button.textContent = 'That did not work. Try again';
    return;
  }
  appended = true;
  const [first] = found.querySelectorAll('.row .time');
  for (const day of [...found.children]) add(document.adoptNode(day));
  if (found.dataset.later) list.dataset.later = found.dataset.later;
  else {
    delete list.dataset.later;
    button.remove();
  }
  goOn(page);
  first?.focus({ preventScroll: true });
}

// What leads on, and which row is the last, are as on the page that was fetched last.
function goOn(page) {
  for (const each of ['nav.pager', '#last']) {
    const later = page.querySelector(each);
    if (later) document.querySelector(each)?.replaceWith(document.adoptNode(later));
  }
}

// A day that goes on is not headed again.
function add(day) {
  const last = list.lastElementChild;
  const heading = (section) => section?.querySelector('h2')?.textContent;
  if (last && heading(last) === heading(day)) {
    last.querySelector('ul').append(...day.querySelector('ul').children);
  } else {
    list.append(day);
  }
}

async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: 'text/html' } }).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
}

// Rows that were appended are there again after Back, as they were, and so is the place of the reader.
const KEPT = `rows ${location.href}`;
let appended = false;

function keep() {
  if (!appended) return; // the browser does it by itself
  const others = ['nav.pager', '#last'].map((each) => document.querySelector(each)?.outerHTML ?? '');
  const kept = { rows: list.outerHTML, others: others.join(''), y: scrollY };
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // No room: Back leads to the first page.
  }
}

function restore() {
  const [entry] = performance.getEntriesByType('navigation');
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
  sessionStorage.removeItem(KEPT);
  if (!kept || entry?.type !== 'back_forward') return;
  const page = new DOMParser().parseFromString(kept.rows + kept.others, 'text/html');
  const rows = page.getElementById('messages');
  list.replaceChildren(...rows.children);
  if (rows.dataset.later) list.dataset.later = rows.dataset.later;
  else delete list.dataset.later;
  goOn(page);
  appended = true;
  history.scrollRestoration = 'manual';
  scrollTo(0, kept.y);
}

addEventListener('pagehide', keep);

// --- What has come since: said, and shown when it is asked for.

const news = document.querySelector('p.new');
const title = document.title;

async function look() {
  if (document.hidden) return;
  const address = new URL(location.href);
  for (const name of ['page', 'before', 'after', 'start', 'end', 'delta', 'order', 'chrome']) {
    address.searchParams.delete(name);
  }
  const newest = list.querySelector('.row time')?.dateTime;
  // The row says whole seconds: what came within the next one is counted next time.
  const since = newest ? Date.parse(newest) / 1000 + 1 : Date.now() / 1000;
  address.searchParams.set('start', news.dataset.since ?? since);
  address.searchParams.set('rows_per_page', '1');
  const answer = await fetch(address, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (!answer?.ok) return;
  const { total } = await answer.json();
  if (!total) return;
  const link = document.createElement('a');
  link.href = news.dataset.newest;
  link.textContent = `${total} new ${total === 1 ? 'message' : 'messages'}`;
  news.replaceChildren(link);
  news.hidden = false;
  document.title = `(${total}) ${title}`;
}

// Only where the newest messages are on the page, and its time ends now.
function follow() {
  const asked = new URLSearchParams(location.search);
  const fixed = ['page', 'before', 'after', 'end'].some((name) => asked.has(name));
  if (!news || fixed || asked.get('order') === 'asc') return;
  news.dataset.since ||= list.querySelector('.row') ? '' : String(Date.now() / 1000);
  if (!news.dataset.since) delete news.dataset.since;
  setInterval(look, LOOK_AGAIN);
}

// --- Names, while one is typed.

function addByName() {
  const form = document.querySelector('form.add');
  const list = document.getElementById('names');
  if (!form || !list) return;
  const { field, value } = form.elements;
  complete(value, list, () => ({
    kinds: [field.value],
    prefix: value.value.trim(),
    address: new URL('v2/names', form.action),
  }));
  const hint = () => (value.placeholder = field.selectedOptions[0].dataset.hint);
  field.addEventListener('change', () => {
    list.replaceChildren();
    hint();
  });
  hint();
}

// --- The line for a shell, copied.

function copyLine() {
  const line = document.querySelector('.curl pre');
  line?.before(copyButton(line, 'plain'));
}

restore();
more();
follow();
addByName();
copyLine();
