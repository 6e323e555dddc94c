// Appends the next page of messages when the reader comes near the end.
'use strict';

(function () {
  const list = document.getElementById('messages');
  const pager = document.querySelector('nav.pager');
  if (!list || !pager || !list.dataset.next || !('IntersectionObserver' in window)) return;

  const next = new URL(list.dataset.next, location.href);

  const observer = new IntersectionObserver(function (entries) {
    if (entries.some(function (entry) { return entry.isIntersecting; })) append();
  }, { rootMargin: '600px' });

  async function append() {
    observer.disconnect();
    const answer = await fetch(next, { headers: { Accept: 'text/html' } }).catch(function () { return null; });
    if (!answer || !answer.ok) return; // the pager is still there
    const messages = await answer.text();
    if (messages === '') {
      pager.remove();
      return;
    }
    list.insertAdjacentHTML('beforeend', messages);
    next.searchParams.set('page', Number(next.searchParams.get('page')) + 1);
    pager.querySelectorAll('a[rel~=next]').forEach(function (link) {
      const later = new URL(next);
      later.searchParams.delete('chrome');
      link.href = later;
    });
    observer.observe(pager);
  }

  observer.observe(pager);
})();
