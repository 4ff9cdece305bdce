/// A new element within `parent`.
export function element(parent, tag, style = {}, text = '') {
  const made = document.createElement(tag);
  Object.assign(made.style, style);
  made.textContent = text;
  parent.append(made);
  return made;
}
