/** Elements made and found; data enters the page as text only, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element: `on` holds listeners, `class` and other keys are attributes, children are elements or texts. */
export function make(tag, { on = {}, ...attributes } = {}, ...children) {
  return filled(document.createElement(tag), on, attributes, children);
}

/** The same for a drawing. */
export function draw(tag, { on = {}, ...attributes } = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), on, attributes, children);
}

function filled(element, on, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const part = (id) => document.getElementById(id);

/** A drawing of `icons.svg`. */
export const icon = (name) => draw("svg", { "aria-hidden": "true" }, draw("use", { href: `icons.svg#${name}` }));

/** Buttons of which one is pressed; `pick` is called with its key. */
export function switched(root, choices, picked, pick) {
  const held = root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  root.replaceChildren(
    ...choices.map(([key, text]) =>
      make(
        "button",
        { type: "button", "data-key": key, "aria-pressed": String(key === picked), on: { click: () => pick(key) } },
        text,
      ),
    ),
  );
  for (const button of root.children) if (button.dataset.key === held) button.focus();
  root.hidden = choices.length < 2;
}

/** The value of a colour of the style sheet. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
