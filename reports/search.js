"use strict";
// What a search says: words that must occur, fields that must hold one, settings that must have a value; a minus before
// any of them turns it round. run:s43 check:floor -verdict:pass config.lam=0 is:new "cut short"

const TERM = /(-?)(?:([a-z_]+(?:\.[^\s:=<>]+)?)(:|<=|>=|=|<|>))?("[^"]*"|\S+)/gi;
const SEARCHED = {
  run: (row) => row.run, check: (row) => row.key.slice(row.family.length + 1), family: (row) => row.family,
  verdict: (row) => row.verdict, case: (row) => row.place, message: (row) => row.message, is: (row) => row.marks,
  statement: (row) => row.claim,
};

function parseSearch(text) {
  return [...text.matchAll(TERM)].map(([whole, minus, name, sign, value]) => {
    const field = name?.toLowerCase(), setting = field?.startsWith("config.");
    const bare = value.replace(/^"|"$/g, "").toLowerCase();
    const known = setting || (field && Object.hasOwn(SEARCHED, field) && (sign === ":" || sign === "="));
    // What looks like a field and is none is a word.
    if (!known) return { not: minus === "-", holds: holdsText(whole.slice(minus.length).replaceAll('"', "").toLowerCase()) };
    return { not: minus === "-", holds: setting ? holdsSetting(name.slice(7), sign, bare) : holdsField(field, sign, bare) };
  });
}

const holdsText = (word) => (row) => row.text.includes(word);

function holdsField(field, sign, value) {
  const read = SEARCHED[field];
  return (row) => {
    const has = read(row).toLowerCase();
    return sign === "=" ? has === value : has.includes(value);
  };
}

function holdsSetting(name, sign, value) {
  return (row) => {
    if (!row.config || !Object.hasOwn(row.config, name)) return false;
    const has = row.config[name], [a, b] = [Number(has), Number(value)];
    const numbers = value !== "" && typeof has === "number" && !Number.isNaN(b);
    switch (sign) {
      case "<": return numbers && a < b;
      case ">": return numbers && a > b;
      case "<=": return numbers && a <= b;
      case ">=": return numbers && a >= b;
      case "=": return numbers ? a === b : String(has).toLowerCase() === value;
      default: return String(has).toLowerCase().includes(value);
    }
  };
}

const found = (row, terms) => terms.every((term) => term.holds(row) !== term.not);
