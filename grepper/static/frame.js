// What every page does beside being read; all of it can be done without.
import { follow } from './pulse.js';
import { offer } from './zone.js';

offer(document.getElementById('zone'));
follow(document.getElementById('pulse'));

// A slash leads to the find box, but where one may write.
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, select, textarea, [contenteditable]')) return;
  const box = document.getElementById('find-box');
  if (!box) return;
  event.preventDefault();
  box.select();
  box.focus();
});
