// Tells in the foot of the page how much comes, and when the newest message did.
import { ago } from './ago.js';

const PAUSE = 60; // seconds between two requests
const STEP = 5; // seconds after which the words are told anew

export function follow(line) {
  if (!line) return;
  let told = null;

  function show() {
    if (!told || !told.newest) return;
    const age = (Date.now() - told.at) / 1000 + told.age;
    const hour = told.last_hour.toLocaleString('en');
    const messages = told.last_hour === 1 ? 'message' : 'messages';
    line.textContent = `${hour} ${messages} in the last hour, the newest ${ago(age)}`;
    line.hidden = false;
  }

  async function ask() {
    try {
      const answer = await fetch(line.dataset.from, { headers: { Accept: 'application/json' } });
      if (!answer.ok) return;
      told = { ...(await answer.json()), at: Date.now() };
      show();
    } catch {
      // It is told again when the network is back.
    }
  }

  ask();
  setInterval(() => document.hidden || show(), STEP * 1000);
  setInterval(() => document.hidden || ask(), PAUSE * 1000);
}
