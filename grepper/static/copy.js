// Copies a text; answers whether that was possible.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text); // not over HTTPS, or not allowed
  }
}

// A button that copies what an element says, and tells whether it did.
export function copyButton(element, className) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = className;
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    button.textContent = (await copy(element.textContent)) ? 'Copied' : 'Select it to copy';
    setTimeout(() => (button.textContent = 'Copy'), 2500);
  });
  return button;
}

function copySelected(text) {
  const focused = document.activeElement;
  const place = document.createElement('textarea');
  place.value = text;
  place.className = 'hidden';
  document.body.append(place);
  place.select();
  const done = document.execCommand('copy');
  place.remove();
  focused?.focus({ preventScroll: true });
  return done;
}
