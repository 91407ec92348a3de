/** What both elements look like, in the colours of Home Assistant's theme. */
export default `
:host { display: block }
button, select, input {
  font: inherit; color: inherit; min-height: 44px; border-radius: 8px; padding: 0 12px; min-width: 0;
  border: 1px solid var(--divider-color); background: var(--card-background-color); color: var(--primary-text-color)
}
button:disabled { opacity: 0.5 }
.main { border: 2px solid var(--primary-color) }
.small { border: 0; background: none; width: 44px; padding: 0; color: var(--secondary-text-color) }
form, .ask { display: flex; flex-wrap: wrap; gap: 8px }
select { flex: 1 1 9em }
input { flex: 2 1 12em }
p { margin: 0; flex-basis: 100%; color: var(--secondary-text-color) }
p:empty { display: none }
.error { color: var(--primary-text-color); border-inline-start: 4px solid var(--error-color); padding-inline-start: 8px }
`;
