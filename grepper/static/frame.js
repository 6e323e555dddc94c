// What every page does beside being read; all of it can be done without.
import { completeFound } from './complete.js';
import { listen } from './keys.js';
import { follow } from './pulse.js';
import { offer } from './zone.js';

offer(document.getElementById('zone'));
follow(document.getElementById('pulse'));
listen();
completeFound(document.getElementById('find-box'));
