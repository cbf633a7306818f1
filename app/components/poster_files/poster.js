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

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const poster = parentElement.querySelector(".poster");
  poster.replaceChildren();
  let open = null;
  const close = () => {
    open?.remove();
    open = null;
  };

  const cardOf = (card) => {
    const link = element("a", `card ${card.mark}`.trim());
    link.href = card.url;
    link.target = "_self";
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
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
      event.preventDefault();
      close();
      setTriggerValue("project", card.id);
    });
    return link;
  };

  for (const band of data.bands) {
    const section = element("section", "band");
    section.lang = data.words.language;
    section.append(element("h3", "", band.name));
    const boxes = element("div", "boxes");
    for (const box of band.boxes) {
      const group = element("div", "box");
      group.title = box.definition;
      const heading = element("h4", "", box.name);
      heading.append(element("span", "", box.count));
      group.append(heading);
      for (const row of box.rows) {
        const line = element("div", "row");
        if (row.name) line.append(element("h5", "", row.name));
        const cards = element("div", "cards");
        cards.append(...row.cards.map(cardOf));
        line.append(cards);
        group.append(line);
      }
      boxes.append(group);
    }
    section.append(boxes);
    poster.append(section);
  }
  if (!data.bands.length) poster.append(element("p", "empty", data.words.empty));
  return close;
}
