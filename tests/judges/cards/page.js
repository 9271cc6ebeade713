// Shows the cards of ?cases=<script>, which sets window.CARDS, as an EHR without any care would: whatever HTML their
// Markdown becomes is put into the page as it is. What came of each detail, [{elements, links, text}], ends up as JSON in
// #verdicts, where --dump-dom finds it.

function made(name, parent, text, className) {
  const element = parent.appendChild(document.createElement(name));
  element.textContent = text ?? '';
  if (className) {
    element.className = className;
  }
  return element;
}

function link(parent, label, url) {
  made('a', parent, label).href = url;
}

function show(card) {
  const article = made('article', document.getElementById('cards'), '', card.indicator);
  const header = made('header', article);
  made('h2', header, card.summary);
  made('span', header, card.indicator, 'indicator');
  const source = made('div', article, '', 'source');
  link(source, card.source.label, card.source.url);
  source.append(` · ${card.source.topic.display}`);
  const detail = made('div', article, '', 'detail');
  detail.innerHTML = marked.parse(card.detail, { gfm: true });
  const footer = made('footer', article);
  for (const suggestion of card.suggestions ?? []) {
    made('button', footer, suggestion.label);
  }
  for (const one of card.links ?? []) {
    link(footer, one.label, one.url);
  }
  const reasons = made('select', footer);
  made('option', reasons, 'Dismiss…');
  for (const reason of card.overrideReasons) {
    made('option', reasons, reason.display);
  }
  return {
    elements: [...new Set([...detail.querySelectorAll('*')].map((element) => element.localName))].sort(),
    links: [...detail.querySelectorAll('a')].map((anchor) => anchor.href),
    text: detail.textContent,
  };
}

const cases = document.createElement('script');
cases.src = new URLSearchParams(location.search).get('cases');
cases.onload = () => {
  document.getElementById('verdicts').textContent = JSON.stringify(window.CARDS.map(show)).replaceAll('<', '\\u003c');
};
document.head.append(cases);
