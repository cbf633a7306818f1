// Draws the poster. Every text is set as text: names and descriptions are written by anybody.

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

// Dark enough for white letters, and told apart by lightness as well as by hue.
const MARK_COLOURS = ["#0b4f6c", "#7a3b00", "#1f5e3a", "#5b3a7d", "#7d2a4d", "#3d4a1f", "#374151", "#8a1c1c"];

const letterMark = (card) => {
  const code = [...card.id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) >>> 0, 7);
  const mark = element("span", "logo", [...card.name][0].toUpperCase());
  mark.style.background = MARK_COLOURS[code % MARK_COLOURS.length];
  mark.setAttribute("aria-hidden", "true");
  return mark;
};

const avatar = (card) => {
  const image = new Image();
  image.alt = "";
  image.className = "logo";
  image.loading = "lazy";
  image.referrerPolicy = "no-referrer";
  // The letters stay until the picture has come, and for good when there is no network.
  const letters = letterMark(card);
  image.onload = () => letters.replaceWith(image);
  image.src = `https://github.com/${encodeURIComponent(card.owner)}.png?size=80`;
  return letters;
};

const factsOf = (card) => {
  const facts = element("div", "facts");
  facts.append(element("strong", "", card.name));
  for (const line of card.facts) facts.append(element("p", "", line));
  return facts;
};

const STEP = 4; // pixels; widths are tried in such steps
const GAP = 12;

/** Height of a box's cards when they flow in `width` pixels. */
const flowHeight = (box, width) =>
  box.rows.reduce((height, row) => {
    let x = 0;
    let line = 0;
    let lines = row.heading;
    for (const card of row.cards) {
      if (x > 0 && x + box.cardGap + card.width > width) {
        lines += line + box.cardGap;
        x = 0;
        line = 0;
      }
      x += (x > 0 ? box.cardGap : 0) + card.width;
      line = Math.max(line, card.height);
    }
    return height + lines + line;
  }, 0);

/** Width of each box so that rows of boxes, in the given order, stand lowest in all, and fill `total` pixels. */
const packed = (boxes, total) => {
  const heightAt = boxes.map((box) => {
    const heights = [];
    for (let width = box.least; width < total; width += STEP) {
      heights.push([width, flowHeight(box, width - box.frame)]);
    }
    heights.push([total, flowHeight(box, total - box.frame)]);
    return heights;
  });
  const narrowest = (index, height) => heightAt[index].find(([, needed]) => needed <= height)?.[0] ?? Infinity;
  const rowOf = (from, to) => {
    const heights = [...new Set(heightAt.slice(from, to).flat().map(([, height]) => height))];
    for (const height of heights.sort((a, b) => a - b)) {
      const widths = [];
      for (let index = from; index < to; index += 1) widths.push(narrowest(index, height));
      const spare = total - GAP * (to - from - 1) - widths.reduce((sum, width) => sum + width, 0);
      if (spare >= 0) return { height, widths: widths.map((width) => width + spare / widths.length) };
    }
    return { height: Infinity, widths: [] };
  };
  const best = [{ height: 0, widths: [] }];
  for (let to = 1; to <= boxes.length; to += 1) {
    best[to] = { height: Infinity, widths: [] };
    for (let from = 0; from < to; from += 1) {
      const row = rowOf(from, to);
      const height = best[from].height + row.height + HEADING + GAP;
      if (height < best[to].height) best[to] = { height, widths: [...best[from].widths, ...row.widths] };
    }
  }
  return best[boxes.length].widths;
};

const HEADING = 40; // pixels of a box's own heading and padding

const setWidths = (container) => {
  const groups = [...container.children];
  const measured = groups.map((group) => {
    const style = getComputedStyle(group);
    const frame = ["paddingLeft", "paddingRight", "borderLeftWidth", "borderRightWidth"].reduce(
      (sum, side) => sum + parseFloat(style[side]),
      0,
    );
    const rows = [...group.querySelectorAll(".row")].map((row) => ({
      heading: row.offsetHeight - row.querySelector(".cards").offsetHeight,
      cards: [...row.querySelectorAll(".card")].map((card) => ({
        width: card.offsetWidth,
        height: card.offsetHeight,
      })),
    }));
    const widest = Math.max(...rows.flatMap((row) => row.cards.map((card) => card.width)));
    const name = document.createRange();
    name.selectNodeContents(group.querySelector("h4").firstChild);
    const heading = name.getBoundingClientRect().width + 3 * GAP; // and the count behind it
    const least = Math.ceil(Math.max(parseFloat(style.minWidth), Math.max(heading, widest) + frame));
    return { rows, frame, least, cardGap: parseFloat(getComputedStyle(group.querySelector(".cards")).columnGap) };
  });
  const widths = packed(measured, Math.floor(container.clientWidth) - 1);
  groups.forEach((group, index) => {
    group.style.width = `${Math.floor(widths[index])}px`;
  });
};

export default function (component) {
  const { data, parentElement } = component;
  const poster = parentElement.querySelector(".poster");
  if (data.made_at < Number(poster.dataset.madeAt ?? 0)) return undefined; // overtaken by what is shown
  poster.dataset.madeAt = data.made_at;
  poster.replaceChildren();
  let open = null;
  const close = () => {
    open?.remove();
    open = null;
  };

  const leadTo = (link, url) => {
    link.href = url;
    link.target = "_self";
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
      event.preventDefault();
      close();
      // As a step of the browser's history that Streamlit follows, so that one step back is this poster again:
      // `st.switch_page` with a query makes two steps, and the one between shows neither page.
      window.history.pushState(null, "", url);
      window.dispatchEvent(new PopStateEvent("popstate"));
    });
    return link;
  };

  const moreOf = (more) => leadTo(element("a", "card more", more.text), more.url);

  const cardOf = (card) => {
    const link = leadTo(element("a", `card ${card.is_away ? "away" : ""} ${card.mark}`.trim()), card.url);
    link.style.setProperty("--size", card.size);
    link.append(avatar(card), element("span", "name", card.name), element("span", "value", card.value));
    if (card.mark) link.append(element("span", "mark", data.words[card.mark]));
    const show = () => {
      close();
      open = factsOf(card);
      poster.append(open);
      const box = link.getBoundingClientRect();
      const below = box.bottom + open.offsetHeight + 8 < window.innerHeight;
      open.style.top = `${below ? box.bottom + 6 : Math.max(4, box.top - open.offsetHeight - 6)}px`;
      open.style.left = `${Math.max(4, Math.min(box.left, window.innerWidth - open.offsetWidth - 12))}px`;
    };
    link.addEventListener("mouseenter", show);
    link.addEventListener("focus", show);
    link.addEventListener("mouseleave", close);
    link.addEventListener("blur", close);
    return link;
  };

  for (const band of data.bands) {
    const section = element("section", "band");
    section.lang = data.words.language;
    const heading = element("h3");
    heading.append(element("span", "", band.name));
    section.append(heading);
    const boxes = element("div", "boxes");
    for (const box of band.boxes) {
      const group = element("div", "box");
      const title = element("h4", "", box.name);
      title.title = box.definition;
      title.append(element("span", "", box.count));
      group.append(title);
      if (box.away) group.append(element("p", "away-count", box.away));
      for (const row of box.rows) {
        const line = element("div", "row");
        if (row.name) line.append(element("h5", "", row.name));
        const cards = element("div", "cards");
        cards.append(...row.cards.map(cardOf));
        if (row.more) cards.append(moreOf(row.more));
        line.append(cards);
        group.append(line);
      }
      boxes.append(group);
    }
    section.append(boxes);
    poster.append(section);
  }
  if (!data.bands.length) poster.append(element("p", "empty", data.words.empty));

  let drawnWidth = 0;
  const fit = () => {
    if (poster.clientWidth === drawnWidth) return;
    drawnWidth = poster.clientWidth;
    for (const boxes of poster.querySelectorAll(".boxes")) setWidths(boxes);
  };
  const observer = new ResizeObserver(fit);
  observer.observe(poster);
  return () => {
    observer.disconnect();
    close();
  };
}
