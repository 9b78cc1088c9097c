import type { BilingualText } from '@envigate/contracts';
import {
  both,
  html,
  maxGapWords,
  officersTime,
  type Markup,
  type OpenLink,
} from '@envigate/domain';
import type { AnswerField, AnswerValues } from './read-answer.ts';

// The fields of the answer form, each with its label, its hint and what is wrong with it.

/** Says first what is wrong, with the way to each field. */
export function faultList(faults: ReadonlyMap<AnswerField, BilingualText>): Markup | undefined {
  if (faults.size === 0) return undefined;
  return html`<div class="faults" role="alert" tabindex="-1">
    <h2>${both('Chưa gửi được phản hồi', 'The answer was not sent')}</h2>
    <ul>
      ${[...faults].map(
        ([name, { vi, en }]) =>
          html`<li><a href="#${name}">${vi}</a> <span class="en" lang="en">${en}</span></li>`,
      )}
    </ul>
  </div>`;
}

interface FieldMore {
  readonly hint?: BilingualText;
  readonly isRequired?: boolean;
}

/** A labelled control; `control` gets the attributes that tie hint and fault to it. */
export function field(
  name: AnswerField,
  [vi, en]: readonly [string, string],
  faults: ReadonlyMap<AnswerField, BilingualText>,
  control: (more: Markup) => Markup,
  { hint, isRequired = false }: FieldMore = {},
): Markup {
  const fault = faults.get(name);
  const described = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(fault === undefined ? [] : [`${name}-fault`]),
  ].join(' ');
  const attributes = html`${described === '' ? undefined : html`aria-describedby="${described}"`}
  ${fault === undefined ? undefined : html`aria-invalid="true"`}`;
  return html`<div class="field${fault === undefined ? '' : ' wrong'}">
    <label for="${name}"
      >${both(vi, en)}${isRequired ? html` <span class="required">bắt buộc · required</span>` : undefined}</label
    >
    ${hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${both(hint.vi, hint.en)}</p>`}
    ${fault === undefined ? undefined : html`<p class="fault" id="${name}-fault">${both(fault.vi, fault.en)}</p>`}
    ${control(attributes)}
  </div>`;
}

export function area(
  name: 'words' | 'remedy',
  label: readonly [string, string],
  values: AnswerValues,
  faults: ReadonlyMap<AnswerField, BilingualText>,
  hint?: BilingualText,
): Markup {
  // prettier-ignore
  const control = (more: Markup): Markup =>
    html`<textarea id="${name}" name="${name}" rows="3" maxlength="${maxGapWords}" ${more}>${values[name]}</textarea>`;
  return field(name, label, faults, control, hint === undefined ? {} : { hint });
}

export function line(
  name: 'document' | 'name' | 'post' | 'telephone',
  label: readonly [string, string],
  values: AnswerValues,
  faults: ReadonlyMap<AnswerField, BilingualText>,
  autocomplete = 'off',
): Markup {
  const isRequired = name === 'name';
  return field(
    name,
    label,
    faults,
    (more) =>
      html`<input
        id="${name}"
        name="${name}"
        type="${name === 'telephone' ? 'tel' : 'text'}"
        autocomplete="${autocomplete}"
        value="${values[name]}"
        ${isRequired ? html`required` : undefined}
        ${more}
      />`,
    { isRequired },
  );
}

/** Which of several gaps the answer is about; all unless somebody chooses. */
export function gapChoice(
  { gaps }: OpenLink,
  values: AnswerValues,
  faults: ReadonlyMap<AnswerField, BilingualText>,
): Markup {
  const fault = faults.get('gaps');
  return html`<fieldset id="gaps" class="field${fault === undefined ? '' : ' wrong'}" tabindex="-1">
    <legend>${both('Phản hồi cho', 'The answer is about')}</legend>
    ${fault === undefined ? undefined : html`<p class="fault">${both(fault.vi, fault.en)}</p>`}
    ${gaps.map(({ asked }, place) => {
      const checked = values.gaps.includes(place) ? html`checked` : undefined;
      return html`<label class="choice"
        ><input type="checkbox" name="gaps" value="${place}" ${checked} /> ${asked.station},
        ${officersTime(new Date(asked.from))}</label
      >`;
    })}
  </fieldset>`;
}
