// Brings the page of a road up to date while somebody looks at it and anything of it goes on.
'use strict';

(function () {
  const line = document.getElementById('follow');
  if (!line || !window.fetch || !window.AbortController) return;
  const again = line.querySelector('a');
  const said = line.querySelector('[role=status]');
  const SHORTEST = 2; // seconds between two requests
  const LONGEST = 300;
  let pause = SHORTEST;

  function sleep(seconds) {
    return new Promise(function (resolve) { setTimeout(resolve, seconds * 1000); });
  }

  // A request that waits takes one of the few connections that a browser has: only the page that is seen may.
  function seen() {
    return new Promise(function (resolve) {
      if (!document.hidden) resolve();
      else document.addEventListener('visibilitychange', resolve, { once: true });
    });
  }

  function get(url, accept, signal) {
    return fetch(url, { headers: { Accept: accept }, cache: 'no-store', signal: signal });
  }

  // The answer when anything has changed, or when it is time to ask again; none if the page is not seen any more.
  async function wait() {
    const url = new URL(again.href);
    url.searchParams.delete('until'); // what holds already would be answered at once
    url.searchParams.set('since', line.dataset.cursor);
    url.searchParams.set('wait', line.dataset.wait);
    const leaving = new AbortController();
    function leave() { leaving.abort(); }
    document.addEventListener('visibilitychange', leave);
    try {
      const answer = await get(url, 'application/json', leaving.signal);
      return { answer: answer, changed: answer.ok && (await answer.json()).cursor !== line.dataset.cursor };
    } catch (error) {
      if (leaving.signal.aborted) return null;
      throw error;
    } finally {
      document.removeEventListener('visibilitychange', leave);
    }
  }

  // Shows the road as it is now; answers what the server did.
  async function show() {
    const answer = await get(again.href, 'text/html');
    if (!answer.ok) return answer;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const before = document.getElementById('road');
    const now = page.getElementById('road');
    const focused = before.contains(document.activeElement) && document.activeElement.href;
    before.replaceWith(now);
    now.querySelectorAll('a').forEach(function (link) {
      if (link.href === focused) link.focus({ preventScroll: true });
    });
    const next = page.getElementById('follow');
    line.dataset.cursor = next ? next.dataset.cursor : '';
    again.hidden = !next;
    said.textContent = 'Changed at ' + new Date().toLocaleTimeString() + '.' + (next ? '' : ' Nothing goes on any more.');
    return answer;
  }

  // Whether to go on; how long to pause before is told by the server, or doubles each time.
  function passes(answer) {
    if (answer && answer.ok) {
      pause = SHORTEST;
      return true;
    }
    const told = answer ? Number(answer.headers.get('Retry-After')) : 0;
    pause = Math.max(told || 0, Math.min(pause * 2, LONGEST));
    return !answer || answer.status === 429 || answer.status >= 500;
  }

  async function follow() {
    said.textContent = 'Changes show by themselves.';
    while (line.dataset.cursor) {
      await seen();
      let answer = null;
      try {
        const waited = await wait();
        if (!waited) continue;
        answer = waited.changed ? await show() : waited.answer;
      } catch (error) {
        answer = null; // cut off: it may go well later
      }
      if (!passes(answer)) {
        said.textContent = '';
        return;
      }
      await sleep(pause);
    }
  }

  follow();
})();
