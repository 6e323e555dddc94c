// How long ago something was, in words.
const UNITS = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

export function ago(seconds) {
  const past = Math.max(0, Math.floor(seconds));
  const found = UNITS.find(([, length]) => past >= length);
  if (!found) return 'just now';
  const [unit, length] = found;
  const count = Math.floor(past / length);
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}
