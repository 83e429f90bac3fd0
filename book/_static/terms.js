/* Shows what a term means next to it: on pointing at it, on reaching it with the keyboard, at the first touch (the
   second follows the link to the glossary). Escape hides it, and the pointer may rest on it. */
(() => {
  const tip = Object.assign(document.createElement("div"), { id: "term-meaning", hidden: true });
  tip.setAttribute("role", "tooltip");
  let shown, leaving, fresh;

  function show(term) {
    clearTimeout(leaving);
    if (shown !== term) hide();
    shown = term;
    tip.textContent = term.dataset.meaning;
    tip.hidden = false;
    term.setAttribute("aria-describedby", tip.id);
    const box = term.getBoundingClientRect(), room = document.documentElement.clientWidth;
    tip.style.left = `${scrollX + Math.max(8, Math.min(box.left, room - tip.offsetWidth - 8))}px`;
    const below = box.bottom + tip.offsetHeight + 8 < innerHeight;
    tip.style.top = `${scrollY + (below ? box.bottom + 4 : box.top - tip.offsetHeight - 4)}px`;
  }

  function hide() {
    shown?.removeAttribute("aria-describedby");
    shown = undefined;
    tip.hidden = true;
  }

  const later = () => { clearTimeout(leaving); leaving = setTimeout(hide, 200); };

  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(tip);
    tip.addEventListener("mouseenter", () => clearTimeout(leaving));
    tip.addEventListener("mouseleave", later);
    for (const term of document.querySelectorAll("a.term")) {
      term.addEventListener("pointerdown", (event) => { fresh = event.pointerType === "touch" && shown !== term; });
      term.addEventListener("click", (event) => {
        if (!fresh) return;
        event.preventDefault();
        fresh = false;
        show(term);
      });
      term.addEventListener("mouseenter", () => show(term));
      term.addEventListener("mouseleave", later);
      term.addEventListener("focus", () => show(term));
      term.addEventListener("blur", hide);
    }
    addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    document.addEventListener("pointerdown", (event) => { if (shown && !event.target.closest?.("a.term, #term-meaning")) hide(); });
  });
})();
