// Names, while one is typed: what is chosen there could be typed as well.

// Milliseconds after the last letter.
export const PAUSE = 150;
const KINDS = ['topic', 'category', 'user', 'package', 'agent'];

// Puts names into the list that an input offers: of which kinds, how they begin, what is written before them, and from
// where they come; or none.
export async function suggest(input, list, wanted) {
  const { value } = input;
  const kinds = wanted?.kinds.filter((kind) => KINDS.includes(kind)) ?? [];
  const told = await Promise.all(kinds.map((kind) => names(kind, wanted)));
  // What was asked for first may come last.
  if (input.value === value) list.replaceChildren(...options(told.flat(), wanted?.before ?? ''));
}

// Does so whenever somebody types; `asked` says what is wanted then.
export function complete(input, list, asked) {
  let timer;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => suggest(input, list, asked()), PAUSE);
  });
}

async function names(kind, { address, prefix, limit }) {
  const from = new URL(address);
  from.searchParams.set('kind', kind);
  from.searchParams.set('prefix', prefix);
  if (limit) from.searchParams.set('limit', limit);
  const told = await fetch(from)
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null); // no answer, or not ours
  return (told?.names ?? []).map((name) => ({ name, kind }));
}

// A name of several kinds is offered once, and says of which.
function options(found, before) {
  const kinds = new Map();
  for (const { name, kind } of found) kinds.set(name, [...(kinds.get(name) ?? []), kind]);
  return [...kinds].map(([name, of]) => {
    const option = document.createElement('option');
    option.value = before + name;
    option.label = of.join(', ');
    return option;
  });
}

// The box of the frame finds packages, users and topics; `@` is said before users only.
export function completeFound(box) {
  if (!box) return;
  const list = document.createElement('datalist');
  list.id = 'found-names';
  box.after(list);
  box.setAttribute('list', list.id);
  complete(box, list, () => {
    const [, before, prefix] = box.value.trim().match(/^(@?)(.*)$/);
    // One letter begins too much.
    if (prefix.length < 2) return null;
    const kinds = before ? ['user'] : ['package', 'user', 'topic'];
    return { kinds, prefix, before, limit: 6, address: new URL('v2/names', box.form.action) };
  });
}
