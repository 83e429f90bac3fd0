/* The map of who answers whom (sociogram.py) answers: choose a kind of tie, a part of the time and how far down a tie's interval may reach;
   point at a member, find one by code, or walk from one to the next with the arrow keys; Esc lets go. */
(() => {
  const ANCHORS = [["start", 1, 0], ["end", -1, 0], ["middle", 0, -1], ["middle", 0, 1]]; // as SIDES in sociogram.py
  const LINE = 12, GAP = 1; // px: height of a code, as there; and left free at its sides
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const NARROW = 600; // px of the figure's width, below which it is drawn as for a phone
  const LISTED = 8; // ties of a member that are named

  const count = (n, words) => `${n.toLocaleString("en", { maximumFractionDigits: n < 10 ? 1 : 0 })} ${words}`;

  /* On which of ANCHORS each code has room, those of the largest members first; -1 where it would lie on another one, on a
     member or outside. */
  function sides(widths, spots, radii, width, height) {
    const taken = spots.map(([x, y], i) => [x - radii[i], y - radii[i], x + radii[i], y + radii[i]]);
    const free = ([left, top, right, bottom]) => left >= 0 && top >= 0 && right <= width && bottom <= height
      && !taken.some((box) => left < box[2] && box[0] < right && top < box[3] && box[1] < bottom);
    const found = widths.map(() => -1);
    for (const i of [...widths.keys()].sort((one, other) => radii[other] - radii[one])) {
      const [x, y] = spots[i], wide = widths[i];
      const boxes = ANCHORS.map(([anchor, dx, dy]) => {
        const left = x + dx * (radii[i] + 2) - { start: 0, middle: wide / 2, end: wide }[anchor];
        const middle = y + dy * (radii[i] + 2 + LINE / 2);
        return [left - GAP, middle - LINE / 2, left + wide + GAP, middle + LINE / 2];
      });
      found[i] = boxes.findIndex(free);
      if (found[i] >= 0) taken.push(boxes[found[i]]);
    }
    return found;
  }

  function wake(figure) {
    const { element, drawn, framed } = guyub;
    const data = JSON.parse(figure.querySelector("script").textContent);
    const svg = figure.querySelector("svg"), lines = svg.querySelector(".ties"), members = svg.querySelector(".members");
    const signs = [...members.children];
    const [wide, high, margin, least, most] = data.size;
    const state = { layer: 0, period: 0, sure: data.sure, all: false, chosen: -1, pointed: -1 };
    let spots = []; // of the members, in px
    const rows = data.ties.a.map((a, i) => ({ a, b: data.ties.b[i], layer: data.ties.layer[i], period: data.ties.period[i],
      sure: data.ties.sure[i], weight: data.ties.weight[i] }));

    // What is asked
    const layer = element("select");
    layer.append(...data.layers.map(([words], i) => element("option", { value: i }, words)));
    const period = element("input", { type: "range", min: 0, max: data.periods.length - 1, value: 0 });
    const sure = element("input", { type: "range", min: 0, max: 90, step: 10, value: data.sure });
    const find = element("input", { type: "search", placeholder: data.members[0], autocomplete: "off", size: 8 });
    const codes = element("datalist", { id: `${figure.id}-codes` });
    codes.append(...[...data.members].sort().map((code) => element("option", { value: code })));
    find.setAttribute("list", codes.id);
    const all = element("input", { type: "checkbox" });
    const when = element("output"), least_sure = element("output");
    const said = framed(figure, [["Ties: ", layer], ["Time: ", period, when], ["Lower end at least ", sure, least_sure],
      ["Find a member: ", find, codes], ["All codes ", all]]);

    // What is drawn
    function place() {
      const narrow = figure.clientWidth && figure.clientWidth < NARROW;
      const [width, height] = narrow ? [figure.clientWidth, 1.25 * figure.clientWidth] : [wide, high];
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      spots = data.x.map((x, i) => [margin + x * (width - 2 * margin), margin + data.y[i] * (height - 2 * margin)]);
      const largest = Math.max(...data.got[state.period], 1);
      const radii = data.got[state.period].map((got) => least + most * Math.sqrt(got / largest));
      const widths = signs.map((sign) => sign.querySelector("text").getComputedTextLength());
      const side = sides(widths, spots, radii, width, height);
      signs.forEach((sign, i) => {
        const radius = radii[i], [anchor, dx, dy] = ANCHORS[Math.max(side[i], 0)], code = sign.querySelector("text");
        sign.setAttribute("transform", `translate(${spots[i].map(Math.round)})`);
        sign.querySelector("path").setAttribute("transform", `scale(${radius.toFixed(1)})`);
        for (const [name, value] of [["x", dx * (radius + 2)], ["y", dy * (radius + 2 + LINE / 2)], ["text-anchor", anchor]])
          code.setAttribute(name, value);
        code.classList.toggle("crowded", side[i] < 0 && !state.all);
      });
    }

    const shown = () => rows.filter((row) => row.layer === state.layer && row.period === state.period && row.sure >= state.sure);

    function draw() {
      const ties = shown(), at = state.pointed >= 0 ? state.pointed : state.chosen;
      const own = ties.filter((row) => row.a === at || row.b === at).sort((one, other) => other.weight - one.weight);
      const near = new Set(own.flatMap((row) => [row.a, row.b]));
      lines.replaceChildren(...[...ties.filter((row) => !own.includes(row)), ...own].map((row) => {
        const d = `M${spots[row.a].map(Math.round)}L${spots[row.b].map(Math.round)}`;
        const thick = 0.6 + 0.5 * Math.sqrt(Math.min(row.weight, 60)), dense = 0.12 + 0.006 * row.sure;
        return drawn("path", { d, "stroke-width": thick, opacity: dense, class: own.includes(row) ? "own" : "" });
      }));
      svg.classList.toggle("asking", at >= 0);
      signs.forEach((sign, i) => {
        sign.classList.toggle("at", i === at);
        sign.classList.toggle("near", near.has(i));
        sign.setAttribute("aria-selected", i === state.chosen);
        sign.tabIndex = i === Math.max(state.chosen, 0) ? 0 : -1;
      });
      when.textContent = data.periods[state.period];
      least_sure.textContent = `${state.sure} % of the number`;
      say(at, own, ties.length);
    }

    function say(at, own, ties) {
      const unit = data.layers[state.layer][1], time = state.period ? ` (${data.periods[state.period]})` : "";
      if (at < 0) {
        said.replaceChildren(element("p", {}, `${count(ties, "ties")} whose interval begins at ${state.sure} % of their number or above. `
          + "Point at a member, tap one, or find one by code; the arrow keys walk from one to the next."));
        return;
      }
      const code = data.members[at];
      const head = element("p");
      head.append(element("strong", {}, code), ` (${data.group[at] ? `group ${data.group[at]}` : "no ties"}) answers `
        + `${count(data.gave[state.period][at], "turns")} and is answered ${count(data.got[state.period][at], "times")}${time}.`);
      const named = own.slice(0, LISTED).map((row) => `${data.members[row.a === at ? row.b : row.a]} `
        + `(${count(row.weight, unit)}, at least ${Math.round(row.weight * row.sure / 100)})`).join(", ");
      said.replaceChildren(head,
        element("p", {}, own.length ? `${count(own.length, own.length === 1 ? "tie" : "ties")} shown, strongest first: ${named}`
          + `${own.length > LISTED ? " and others." : "."}` : "None of this member's ties is shown."),
        element("p", { className: "further" }, `Over the whole time: ${data.said[at].join("; ")}.`));
    }

    // What is done
    const change = (what) => { Object.assign(state, what); draw(); };
    const nearest = ([dx, dy]) => { // in a direction: near, and not much off it
      const [x, y] = spots[state.chosen];
      const off = spots.map(([a, b]) => [(a - x) * dx + (b - y) * dy, Math.abs((a - x) * dy) + Math.abs((b - y) * dx)]);
      const ahead = off.map(([along, across], i) => [along + 2 * across, i, along]).filter(([, , along]) => along > 0.5);
      return ahead.length ? ahead.reduce((one, other) => (other[0] < one[0] ? other : one))[1] : state.chosen;
    };
    layer.oninput = () => change({ layer: +layer.value });
    period.oninput = () => { state.period = +period.value; place(); draw(); };
    sure.oninput = () => change({ sure: +sure.value });
    all.oninput = () => { state.all = all.checked; place(); };
    find.oninput = () => {
      const place = data.members.indexOf(find.value.trim().toUpperCase());
      find.setCustomValidity(place < 0 && find.value ? "No member on the map has this code." : "");
      change({ chosen: place });
    };
    find.onchange = () => find.reportValidity();
    signs.forEach((sign, i) => {
      sign.setAttribute("role", "option");
      sign.setAttribute("aria-label", `${data.members[i]}, answered ${count(data.got[0][i], "times")}`);
      sign.onpointerenter = () => change({ pointed: i });
      sign.onpointerleave = () => change({ pointed: -1 });
      sign.onfocus = sign.onclick = () => change({ chosen: i });
    });
    svg.onclick = (event) => { if (!event.target.closest(".member")) change({ chosen: -1 }); };
    figure.onkeydown = (event) => {
      if (event.key === "Escape") { find.value = ""; change({ chosen: -1, pointed: -1 }); }
      if (!(event.key in ARROWS) || !event.target.closest(".member")) return;
      event.preventDefault();
      if (state.chosen < 0) change({ chosen: signs.indexOf(event.target.closest(".member")) });
      else signs[nearest(ARROWS[event.key])].focus({ preventScroll: true });
    };
    svg.removeAttribute("role");
    members.setAttribute("role", "listbox");
    members.setAttribute("aria-label", svg.getAttribute("aria-label"));
    svg.removeAttribute("aria-label");
    addEventListener("resize", () => { place(); draw(); });
    place();
    draw();
  }
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("figure.map").forEach(wake));
})();
