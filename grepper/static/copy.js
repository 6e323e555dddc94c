// Copies a text; answers whether that was possible.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text); // not over HTTPS, or not allowed
  }
}

function copySelected(text) {
  const place = document.createElement('textarea');
  place.value = text;
  place.className = 'hidden';
  document.body.append(place);
  place.select();
  const done = document.execCommand('copy');
  place.remove();
  return done;
}
