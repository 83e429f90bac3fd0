/* Specification curves (robustness/page.py) to explore: the universes that take an option, and the choices of each. */
(() => {
  const [WIDTH, HIGH, LEFT, EDGE] = [680, 300, 48, 12]; // px: of the drawing at most, of its axis, and around it
  const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]; // between ticks

  function wake(figure) {
    const { element, drawn, framed } = guyub;
    const { claims, curves } = JSON.parse(figure.querySelector("script").textContent);
    const svg = figure.querySelector("svg");
    const claim = element("select"), option = element("select");
    const universe = element("input", { type: "range", min: 0 });
    claim.append(...claims.map((name, i) => element("option", { value: i }, name)));
    const said = framed(figure, [["Claim: ", claim], ["Option: ", option], ["Universe: ", universe]]);
    let curve, width, x, y;

    function draw() { // a claim's curve
      curve = curves[claim.value];
      const n = curve.value.length, low = Math.min(0, ...curve.low), high = Math.max(0, ...curve.high);
      width = Math.min(figure.clientWidth || WIDTH, WIDTH);
      svg.setAttribute("viewBox", `0 0 ${width} ${HIGH}`);
      x = (i) => LEFT + (i + 0.5) / n * (width - LEFT - EDGE);
      y = (value) => HIGH - EDGE - (value - low) / (high - low) * (HIGH - 2 * EDGE);
      option.replaceChildren(element("option", { value: -1 }, "all universes"),
        ...curve.taken.map(({ choice, option }, i) => element("option", { value: i }, `${choice}: ${option}`)));
      Object.assign(universe, { max: n - 1, value: curve.main[0] ?? 0 });
      const step = STEPS.find((each) => (high - low) / each <= 6) ?? high - low;
      const ticks = Array.from({ length: 20 }, (_, i) => (Math.ceil(low / step) + i) * step).filter((tick) => tick <= high);
      const axis = ticks.flatMap((tick) => [
        drawn("path", { class: Math.abs(tick) < step / 2 ? "none" : "grid", d: `M${LEFT},${y(tick)}H${width}` }),
        drawn("text", { x: LEFT - 6, y: y(tick), "text-anchor": "end", "dominant-baseline": "central" }, +tick.toFixed(2))]);
      const [side, half] = [10, HIGH / 2]; // where the axis says what it shows
      axis.push(drawn("text", { x: side, y: half, "text-anchor": "middle", transform: `rotate(-90 ${side} ${half})` },
        "value, in the claim’s unit"));
      const marks = curve.value.map((value, i) => {
        const mark = drawn("g", { class: `universe ${curve.verdict[i]}` });
        const at = [x(i).toFixed(1), y(value).toFixed(1)];
        mark.append(drawn("path", { class: "interval", d: `M${at[0]},${y(curve.low[i]).toFixed(1)}V${y(curve.high[i]).toFixed(1)}` }),
          curve.verdict[i] === "contradicted" ? drawn("path", { class: "dot", d: `M${at}m-3,-3l6,6m0,-6l-6,6` })
            : drawn("circle", { class: "dot", cx: at[0], cy: at[1], r: 2.2 }));
        return mark;
      });
      const main = curve.main.map((i) => drawn("path", { class: "main", d: `M${x(i)},0V${HIGH}` }));
      svg.replaceChildren(...axis, ...main, ...marks, drawn("path", { class: "cursor" }));
      show();
    }

    function show() { // what is asked of it
      const i = +universe.value, { choice, option: name, in: taken } = curve.taken[option.value] ?? { in: null };
      const those = taken ?? curve.value.map((_, each) => each), inside = new Set(those);
      svg.querySelectorAll(".universe").forEach((mark, each) => mark.classList.toggle("faded", !inside.has(each)));
      svg.querySelector(".cursor").setAttribute("d", `M${x(i)},0V${HIGH}`);
      const supporting = those.filter((each) => curve.verdict[each] === "supported").length;
      const other = curve.taken.filter((each) => !each.main && each.in.includes(i)).map((each) => `${each.choice}: ${each.option}`);
      const words = `Universe ${i + 1} of ${curve.value.length}: ${curve.verdict[i]}, ${curve.said[i]}; `
        + `${other.length ? other.join("; ") : "the main analysis"}.`;
      said.replaceChildren(element("p", {}, `${claims[claim.value]} is supported in ${supporting} of the ${those.length} universes`
        + `${taken ? ` with ${choice}: ${name}` : ""}.`), element("p", {}, words));
      universe.setAttribute("aria-valuetext", words);
    }

    claim.oninput = draw;
    option.oninput = universe.oninput = show;
    svg.onpointermove = svg.onclick = (event) => {
      const place = svg.getBoundingClientRect();
      universe.value = Math.floor(((event.clientX - place.left) * width / place.width - LEFT) / (width - LEFT - EDGE) * curve.value.length);
      show();
    };
    addEventListener("resize", draw);
    draw();
  }
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("figure.curves").forEach(wake));
})();
