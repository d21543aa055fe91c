/** The dialog that asks for a token; nothing is stored, it lives as long as the page. */

import { part } from "./dom.js";

/** A token typed in, or null where the dialog is left. `why` is the server's sentence. */
export function asked(why = null) {
  const dialog = part("token-dialog");
  const given = part("token");
  if (why) part("token-why").textContent = why;
  given.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  given.focus();
  const leave = () => dialog.close("");
  const use = (event) => {
    event.preventDefault();
    dialog.close("use");
  };
  part("token-cancel").addEventListener("click", leave);
  part("token-form").addEventListener("submit", use);
  return new Promise((done) => {
    dialog.addEventListener(
      "close",
      () => {
        part("token-cancel").removeEventListener("click", leave);
        part("token-form").removeEventListener("submit", use);
        done(dialog.returnValue === "use" && given.value ? given.value : null);
        given.value = "";
      },
      { once: true },
    );
  });
}
