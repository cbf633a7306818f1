// Draws the network with sigma and graphology, which stand above in the same module. Every text is drawn on a canvas or
// set as text: names are written by anybody.

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const LEAST_PX = 4;
const MOST_PX = 20;
const FAINT = 0.12;
const LEADING = 16; // nodes that are named whatever smaller ones they cover
const MOST_MOVED_EDGES = 4000; // more of them are left out while the picture moves, or it would stutter

const parts = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

// Colours are mixed here, not laid over each other: WebGL adds the light of translucent ones up to white.
const mixed = (colour, ground, share) => {
  const under = parts(ground);
  const bytes = parts(colour).map((part, at) => Math.round(part * share + under[at] * (1 - share)));
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
};

const inkOn = (hex) => {
  const [red, green, blue] = parts(hex);
  return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? "#111111" : "#ffffff";
};

// Any colour of CSS as #rrggbb, which is what a canvas gives back.
const asHex = (colour) => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = colour;
  return pen.fillStyle;
};

// What stands on a page beyond one run of the script: the picture keeps its place while its content changes.
const drawn = new WeakMap();

class Picture {
  constructor(root) {
    this.root = root;
    this.stage = element("div", "stage");
    this.drawing = element("div", "drawing");
    this.names = element("canvas", "names");
    this.buttons = element("div", "buttons");
    this.legend = element("ul", "legend");
    this.stage.append(this.drawing, this.names, this.buttons);
    root.replaceChildren(this.stage, this.legend);
    this.graph = new globalThis.graphology.UndirectedGraph();
    this.hovered = null;
    this.group = null;
    this.facts = null;
    this.widths = new Map();
    try {
      this.renderer = new globalThis.Sigma(this.graph, this.drawing, {
        renderLabels: false,
        defaultDrawNodeHover: () => {},
        minCameraRatio: 0.03,
        maxCameraRatio: 2,
        stagePadding: 28,
        minEdgeThickness: 0.4,
        zIndex: true,
        allowInvalidContainer: true,
        nodeReducer: (node, attributes) => this.shownNode(node, attributes),
        edgeReducer: (edge, attributes) => this.shownEdge(edge, attributes),
      });
    } catch {
      this.renderer = null; // a browser without WebGL: the tables behind the picture hold everything
      return;
    }
    this.renderer.setCustomBBox({ x: [-1, 1], y: [-1, 1] });
    this.renderer.on("enterNode", ({ node, event }) => event.original.buttons || this.hover(node));
    this.renderer.on("leaveNode", () => this.hovered && this.hover(null));
    this.renderer.on("clickNode", ({ node }) => this.setTriggerValue("project", node));
    this.renderer.on("afterRender", () => this.writeNames());
    for (const [sign, word, act] of [
      ["+", "zoom_in", () => this.renderer.getCamera().animatedZoom()],
      ["−", "zoom_out", () => this.renderer.getCamera().animatedUnzoom()],
      ["⤢", "fit", () => this.fit()],
    ]) {
      const button = element("button", "", sign);
      button.type = "button";
      button.dataset.word = word;
      button.addEventListener("click", act);
      this.buttons.append(button);
    }
  }

  update(data, setTriggerValue) {
    this.setTriggerValue = setTriggerValue;
    this.data = data;
    if (!this.renderer) {
      this.stage.replaceChildren(element("p", "without", data.words.no_webgl));
      return;
    }
    const style = getComputedStyle(this.root);
    const value = (name) => style.getPropertyValue(name).trim();
    this.ink = asHex(value("--st-text-color"));
    this.paper = asHex(value("--st-secondary-background-color"));
    this.accent = asHex(value("--st-primary-color"));
    this.font = value("--st-font");
    this.groups = new Map(data.groups.map((group) => [group.id, group]));
    if (!this.groups.has(this.group)) this.group = null;
    const most = Math.max(1, ...data.nodes.map((node) => node.value ?? 0));
    // Smaller where there are many, and where there is little room.
    const crowd = Math.min(1, Math.sqrt(200 / Math.max(1, data.nodes.length)), this.stage.clientWidth / 640);
    this.graph.clear();
    for (const node of data.nodes) {
      const share = Math.sqrt(Math.max(0, node.value ?? 0) / most);
      this.graph.addNode(node.id, {
        x: node.x,
        y: node.y,
        size: (LEAST_PX + (MOST_PX - LEAST_PX) * share) * Math.max(0.45, crowd),
        color: this.groups.get(node.group).colour,
        label: node.name,
        group: node.group,
        facts: node.facts,
      });
    }
    const strongest = Math.log1p(Math.max(1, ...data.edges.map((edge) => edge[2])));
    const steps = new Set(data.path.slice(1).map((to, at) => [data.path[at], to].sort().join("\n")));
    for (const [from, to, people] of data.edges) {
      const strength = Math.log1p(people) / strongest;
      this.graph.addUndirectedEdge(from, to, {
        size: 0.4 + 2.6 * strength ** 3,
        strength,
        isStep: steps.has([from, to].sort().join("\n")),
      });
    }
    // Who comes first keeps the name when two are in each other's way.
    this.byRank = this.graph.nodes().sort((one, other) => this.size(other) - this.size(one));
    this.renderer.setSetting("hideEdgesOnMove", data.edges.length > MOST_MOVED_EDGES);
    for (const button of this.buttons.children) {
      button.title = data.words[button.dataset.word];
      button.setAttribute("aria-label", button.title);
    }
    this.stage.setAttribute("role", "group");
    this.stage.setAttribute("aria-label", data.words.summary);
    this.writeLegend();
    this.hover(null);
    this.renderer.refresh();
    const place = JSON.stringify([data.layout, data.focus, data.path, data.is_part]);
    if (this.place !== place) this.fit(this.place === undefined ? 0 : 400);
    this.place = place;
  }

  size(node) {
    return this.graph.getNodeAttribute(node, "size");
  }

  // The node that everything else is seen from: under the pointer, else the one in focus.
  get centre() {
    return this.hovered ?? (this.graph.hasNode(this.data.focus) ? this.data.focus : null);
  }

  isNear(node) {
    if (this.group !== null) return this.graph.getNodeAttribute(node, "group") === this.group;
    if (!this.hovered && this.data.path.length) return this.data.path.includes(node);
    const centre = this.centre;
    return centre === null || node === centre || this.graph.areNeighbors(node, centre);
  }

  shownNode(node, attributes) {
    return this.isNear(node)
      ? { ...attributes, zIndex: 1 }
      : { ...attributes, color: mixed(attributes.color, this.paper, FAINT), zIndex: 0 };
  }

  shownEdge(edge, attributes) {
    const [from, to] = this.graph.extremities(edge);
    if (attributes.isStep && !this.hovered) {
      return { ...attributes, color: this.accent, size: 5, zIndex: 3 };
    }
    const centre = this.centre;
    const isPath = !this.hovered && this.data.path.length > 0;
    if (centre !== null && this.group === null && !isPath) {
      const isTie = from === centre || to === centre;
      return { ...attributes, color: mixed(this.ink, this.paper, isTie ? 0.5 : 0.05), zIndex: isTie ? 2 : 0 };
    }
    const isBright = !isPath && this.isNear(from) && this.isNear(to);
    const thinned = Math.min(1, Math.sqrt(1500 / this.graph.size));
    const share = isBright ? (0.06 + 0.4 * attributes.strength ** 3) * thinned : 0.04;
    return { ...attributes, color: mixed(this.ink, this.paper, share), zIndex: isBright ? attributes.strength : 0 };
  }

  // Names in the order of rank; a name that would lie on another is left out until there is room.
  writeNames() {
    const { width, height } = this.renderer.getDimensions();
    const scale = window.devicePixelRatio || 1;
    if (this.names.width !== width * scale || this.names.height !== height * scale) {
      this.names.width = width * scale;
      this.names.height = height * scale;
    }
    const pen = this.names.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.textBaseline = "middle";
    const centre = this.centre;
    const first = (node) => (node === centre || this.data.path.includes(node) ? 0 : this.isNear(node) ? 1 : 2);
    const spots = [];
    for (const node of this.byRank) {
      const { x, y } = this.renderer.graphToViewport(this.graph.getNodeAttributes(node));
      const radius = this.renderer.scaleSize(this.size(node));
      if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
      spots.push({ node, x, y, radius, order: first(node) });
    }
    // A name keeps clear of other names, and of nodes that are large enough to be read. Who leads is named all the
    // same, over whoever is smaller: a map that leaves out its capitals is none.
    const around = ({ x, y, radius }) => [x - radius * 0.8, y - radius * 0.8, x + radius * 0.8, y + radius * 0.8];
    const shown = spots.filter(({ radius, order }) => order < 2 && radius >= 6);
    const leading = new Set(shown.slice(0, LEADING).map(({ node }) => node));
    const nodes = shown.map(around);
    const leaders = shown.slice(0, LEADING).map(around);
    const taken = [];
    let written = 0;
    for (const { node, x, y, radius, order } of spots) {
      if (order === 2 || radius < 6) continue;
      const group = this.groups.get(this.graph.getNodeAttribute(node, "group"));
      pen.font = `700 ${Math.min(12, radius * 1.05)}px ${this.font}`;
      pen.textAlign = "center";
      pen.fillStyle = inkOn(group.colour);
      pen.fillText(group.mark, x, y + 0.5);
    }
    pen.textAlign = "left";
    for (const { node, x, y, radius, order } of spots.sort((one, other) => one.order - other.order)) {
      if (order === 2) break;
      const isCentre = order === 0;
      if (isCentre) {
        pen.beginPath();
        pen.arc(x, y, radius + 3, 0, 2 * Math.PI);
        pen.lineWidth = 2.5;
        pen.strokeStyle = this.ink;
        pen.stroke();
      }
      const name = this.graph.getNodeAttribute(node, "label");
      const px = isCentre ? 14 : Math.max(10, Math.min(13, 8 + radius * 0.3));
      pen.font = `${isCentre ? 700 : 500} ${px}px ${this.font}`;
      const key = `${pen.font}\n${name}`;
      if (!this.widths.has(key)) this.widths.set(key, pen.measureText(name).width);
      const text = this.widths.get(key);
      const boxAt = ([left, middle]) => [left - 2, middle - px / 2 - 1, left + text + 2, middle + px / 2 + 1];
      const freeOf = (avoided) => (side) => {
        const box = boxAt(side);
        const isClear = (one) => box[0] > one[2] || box[2] < one[0] || box[1] > one[3] || box[3] < one[1];
        return box[0] > 0 && box[2] < width && taken.every(isClear) && avoided.every(isClear);
      };
      const sides = [
        [x + radius + 4, y],
        [x - radius - 4 - text, y],
        [x - text / 2, y + radius + px * 0.6],
        [x - text / 2, y - radius - px * 0.6],
      ];
      const place =
        sides.find(freeOf(nodes)) ??
        (leading.has(node) ? sides.find(freeOf(leaders)) : undefined) ??
        (isCentre ? sides[x > width / 2 ? 1 : 0] : undefined);
      if (!place) continue;
      const [left, middle] = place;
      taken.push(boxAt(place));
      written += 1;
      pen.lineWidth = 3;
      pen.lineJoin = "round";
      pen.strokeStyle = this.paper;
      pen.strokeText(name, left, middle);
      pen.fillStyle = this.ink;
      pen.fillText(name, left, middle);
    }
    this.names.dataset.names = String(written);
  }

  writeLegend() {
    this.legend.replaceChildren(
      ...this.data.groups.map((group) => {
        const item = element("li");
        const button = element("button");
        button.type = "button";
        button.setAttribute("aria-pressed", String(group.id === this.group));
        const mark = element("span", "mark", group.mark);
        mark.style.background = group.colour;
        mark.style.color = inkOn(group.colour);
        button.append(mark, element("span", "", group.name), element("span", "count", group.count));
        button.addEventListener("click", () => {
          this.group = this.group === group.id ? null : group.id;
          this.writeLegend();
          this.renderer.refresh({ skipIndexation: true });
        });
        item.append(button);
        return item;
      }),
    );
  }

  hover(node) {
    this.hovered = node;
    this.facts?.remove();
    this.facts = null;
    this.drawing.style.cursor = node ? "pointer" : "";
    if (node) {
      this.facts = element("div", "facts");
      this.facts.append(element("strong", "", this.graph.getNodeAttribute(node, "label")));
      for (const line of this.graph.getNodeAttribute(node, "facts")) this.facts.append(element("p", "", line));
      this.stage.append(this.facts);
      const { x, y } = this.renderer.graphToViewport(this.graph.getNodeAttributes(node));
      const { width, height } = this.renderer.getDimensions();
      const right = x + 24 + this.facts.offsetWidth < width ? x + 24 : x - 24 - this.facts.offsetWidth;
      this.facts.style.left = `${Math.max(4, right)}px`;
      this.facts.style.top = `${Math.max(4, Math.min(y + 18, height - this.facts.offsetHeight - 4))}px`;
    }
    this.renderer.refresh({ skipIndexation: true });
  }

  // The whole network, or what the reader asked for if that is a part of it.
  fit(duration = 300) {
    const camera = this.renderer.getCamera();
    const wanted = this.data.path.length ? this.data.path : this.data.is_part ? this.graph.nodes() : [];
    const places = wanted.map((node) => this.renderer.getNodeDisplayData(node)).filter(Boolean);
    let state = { x: 0.5, y: 0.5, angle: 0, ratio: 1 };
    if (places.length) {
      const [xs, ys] = [places.map((one) => one.x), places.map((one) => one.y)];
      const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
      const ratio = Math.min(1, Math.max(0.25, 1.25 * Math.max(right - left, high - low)));
      state = { x: (left + right) / 2, y: (low + high) / 2, angle: 0, ratio };
    }
    if (duration) camera.animate(state, { duration });
    else camera.setState(state);
  }

  close() {
    this.renderer?.kill();
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".network");
  if (component.data.made_at < Number(root.dataset.madeAt ?? 0)) return undefined; // overtaken by what is shown
  root.dataset.madeAt = component.data.made_at;
  let picture = drawn.get(root);
  if (!picture) {
    picture = new Picture(root);
    drawn.set(root, picture);
  }
  picture.update(component.data, component.setTriggerValue);
  return () => {
    if (root.isConnected) return;
    picture.close();
    drawn.delete(root);
  };
}
