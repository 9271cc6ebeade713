// Renders every form in the hash's cases, chooses answers as a person would have, and writes down what lforms then shows.
//
// The cases come in ?cases=<script> that sets window.CASES: [{name, questionnaire, responses: [{answers: {linkId: code or
// number or text}}]}]. The verdicts, [{name, rendered, problems, results: [{shown: {linkId: value or null}, response}]}],
// end up as JSON in #verdicts, where --dump-dom finds them.

function formOnPage() {
  return LForms.Util._getFormObjectInScope(document.getElementById('form'));
}

function itemsOf(form) {
  return Object.fromEntries(form.itemList.map((item) => [item.linkId, item]));
}

function inside(parent) {
  return (parent.item ?? []).flatMap((item) => [item, ...inside(item)]);
}

function choose(item, answer) {
  if (item === undefined) {
    throw new Error('the form shows no such item');
  }
  if (item.answers) {
    item.value = item.answers.find((option) => option.code === answer);
    if (item.value === undefined) {
      throw new Error(`the form offers no option ${answer}`);
    }
  } else if (item.dataType === 'TM') {
    item.value = `${answer}:00`;
  } else if (item.dataType === 'DT') {
    item.value = new Date(`${answer}T00:00:00`);
  } else {
    item.value = answer;
  }
}

// What a person sees of a calculated item: what the page's field holds, not what the form object says.
function seen(item) {
  const field = document.getElementById(item._elementId);
  if (field === null) {
    return item.value ?? null;
  }
  return field.value === '' || field.value === undefined ? null : field.value;
}

async function judge({ name, questionnaire, responses }) {
  const verdict = { name, rendered: 0, problems: [], results: [] };
  try {
    await LForms.Util.addFormToPage(structuredClone(questionnaire), 'form', { fhirVersion: 'R4' });
    const form = formOnPage();
    const items = itemsOf(form);
    verdict.rendered = document.querySelectorAll('#form lhc-item-question').length;
    const calculated = inside(questionnaire).filter((item) => item.readOnly).map((item) => item.linkId);
    for (const { answers } of responses) {
      for (const item of form.itemList.filter((one) => !one.items && !calculated.includes(one.linkId))) {
        item.value = null;
      }
      for (const [linkId, answer] of Object.entries(answers)) {
        choose(items[linkId], answer);
      }
      await form._expressionProcessor.runCalculations(false);
      // Any event makes the page look at the form again.
      document.querySelector('#form input').dispatchEvent(new Event('focus'));
      await new Promise((drawn) => setTimeout(drawn, 5));
      const shown = Object.fromEntries(calculated.map((linkId) => [linkId, seen(items[linkId])]));
      verdict.results.push({ shown, response: LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4', form) });
    }
  } catch (failed) {
    verdict.problems.push(String(failed));
  }
  return verdict;
}

function script(source) {
  return new Promise((loaded, failed) => {
    const element = Object.assign(document.createElement('script'), { src: source, onload: loaded, onerror: failed });
    document.body.append(element);
  });
}

(async () => {
  const verdicts = [];
  try {
    await script(new URLSearchParams(location.search).get('cases'));
    for (const wanted of window.CASES) {
      verdicts.push(await judge(wanted));
    }
  } catch (failed) {
    verdicts.push({ name: 'page', problems: [String(failed)] });
  }
  const element = document.getElementById('verdicts');
  element.textContent = JSON.stringify(verdicts).replaceAll('<', '\\u003c');
  document.title = 'done';
})();
