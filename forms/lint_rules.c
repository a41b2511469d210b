/* Every rule of loading and lint. The table in README.md gives an example of each; tests/cases/lint
 * a form that breaks it. */
#include "forms/lint.h"

#include <stdlib.h>
#include <string.h>

static const struct lint_rule rules[] = {
    {"about.agency-kind", FINDING_ERROR,
     "which rules of language there are for the form must be known"},
    {"about.earlier-drafts", FINDING_ERROR,
     "what happens to drafts of an earlier version must be known: they stay, or they move"},
    {"about.missing", FINDING_ERROR,
     "a start page says what the form is for, who can apply, the legal basis, how long it takes, "
     "what to have ready, when the answer comes, what happens next, how answers are used, whom to "
     "ask"},
    {"about.prefix", FINDING_ERROR, "references must be short enough to say on the telephone"},
    {"about.retention", FINDING_ERROR, "a time that cannot be read would keep answers for ever"},
    {"about.security-level", FINDING_ERROR, "logins have the levels 3 and 4 only"},
    {"action.case", FINDING_ERROR, "a case belongs to a switch, and a toggle opens one"},
    {"action.event", FINDING_ERROR, "without a known event a setvalue would never be done"},
    {"action.none", FINDING_WARNING, "a button that does nothing is a dead end"},
    {"action.ref", FINDING_ERROR, "a setvalue must have a place to set"},
    {"action.unknown", FINDING_ERROR, "pages work without script: a browser's actions would be lost"},
    {"attribute.unknown", FINDING_ERROR, "a misspelt attribute is a rule that does not apply"},
    {"attribute.value", FINDING_ERROR, "a limit that cannot be read would not be kept"},
    {"bind.missing", FINDING_WARNING,
     "nobody has decided what the answer is, or whether it must be given"},
    {"bind.nodeset", FINDING_WARNING, "the bind applies to nothing: often a misspelt path"},
    {"bind.twice", FINDING_ERROR, "two binds that say different things of a place: which one?"},
    {"body.empty", FINDING_ERROR, "a form without controls asks nothing"},
    {"choice.single", FINDING_WARNING, "one choice is no question"},
    {"choice.twice", FINDING_ERROR, "two choices with one value cannot be told apart"},
    {"choice.unknown", FINDING_WARNING,
     "compared with what nobody can choose, the expression never holds"},
    {"choices", FINDING_ERROR, "a select without choices cannot be answered"},
    {"constraint.message", FINDING_WARNING, "who is stopped must be told what to do"},
    {"control.bind", FINDING_ERROR, "the answer would have no place"},
    {"control.never", FINDING_WARNING, "a question that is never shown is noise in the form"},
    {"control.ref", FINDING_ERROR, "the answer would have no place"},
    {"cycle", FINDING_ERROR, "values that depend on themselves cannot be calculated"},
    {"element.foreign", FINDING_WARNING, "what other tools have put in has no effect here"},
    {"element.unknown", FINDING_ERROR, "a misspelt element is a question or rule that is lost"},
    {"expression", FINDING_ERROR, "what cannot be read cannot be decided"},
    {"field.unused", FINDING_WARNING, "only what is used is to be kept about people"},
    {"form.shape", FINDING_ERROR, "what is no form cannot be shown"},
    {"form.size", FINDING_ERROR, "every stranger's document has a limit"},
    {"hint.limit", FINDING_WARNING, "the longest text is said before it is written"},
    {"hint.long", FINDING_WARNING, "a long hint is not read; the rest is for <help>"},
    {"hint.repeats", FINDING_WARNING, "saying the label again helps nobody, and is read out twice"},
    {"identity.reason", FINDING_WARNING,
     "an identity number is asked for only when it is needed, and people are told why "
     "(personopplysningsloven § 12)"},
    {"identity.type", FINDING_WARNING, "only type sk:fnr is checked, and masked where it is shown"},
    {"instance.file", FINDING_ERROR, "a list that cannot be read leaves nothing to choose"},
    {"instance.id", FINDING_WARNING, "no expression can name it"},
    {"instance.missing", FINDING_ERROR, "answers need a place to be kept"},
    {"instance.src", FINDING_WARNING, "instances are read from the form's own folder only"},
    {"item", FINDING_ERROR, "a choice has words for people and a value for the answer"},
    {"itemset", FINDING_ERROR, "a list needs where its choices are, their value and their label"},
    {"itext.file", FINDING_ERROR, "texts that cannot be read leave a language without words"},
    {"itext.lang", FINDING_ERROR, "texts in an unknown language cannot be shown to anybody"},
    {"itext.text", FINDING_ERROR, "a text without id cannot be named"},
    {"label.missing", FINDING_ERROR, "a question nobody can read or hear (WCAG 2.2, 3.3.2)"},
    {"label.negated", FINDING_WARNING, "yes to a negated question may mean both"},
    {"label.placeholder", FINDING_WARNING,
     "a label stays while one writes; an example is for <hint>"},
    {"label.question", FINDING_WARNING, "what asks ends with a question mark"},
    {"label.stop", FINDING_WARNING, "labels are read with what follows; they end with no stop"},
    {"label.twice", FINDING_WARNING, "two questions alike on a page cannot be told apart"},
    {"label.unit", FINDING_WARNING, "an amount is only known with its unit"},
    {"language.missing", FINDING_WARNING,
     "public forms are there in bokmål and nynorsk (språklova § 13)"},
    {"language.required", FINDING_ERROR,
     "a state agency's form is there in bokmål and nynorsk at the same time (språklova), or it is "
     "not published"},
    {"later", FINDING_WARNING, "this part of XForms is read and left out"},
    {"limit.raised", FINDING_WARNING, "more operations an expression cost everybody time"},
    {"link.external", FINDING_WARNING,
     "a link in the middle of a form leads away from it; help is written in the form"},
    {"link.insecure", FINDING_WARNING, "what is read over http can be changed on the way"},
    {"link.long", FINDING_WARNING,
     "a link in a letter to the postbox has a text of at most 70 characters, a button of 30 (DPI, "
     "lenke utenfor brev)"},
    {"message.sentence", FINDING_WARNING, "a message is a sentence that says what to do"},
    {"message.tone", FINDING_WARNING,
     "people are not at fault: no \"ugyldig\", no \"vennligst\", no exclamation mark"},
    {"model.several", FINDING_ERROR, "what is sent is one document: the first model's"},
    {"model.unknown", FINDING_ERROR, "paths would be seen from nowhere"},
    {"name.form", FINDING_WARNING, "a short name stands inside sentences: \"Skriv {felt}\""},
    {"name.missing", FINDING_WARNING, "messages are sentences around a short name"},
    {"name.unknown", FINDING_ERROR, "a misspelt name in an expression is silently empty"},
    {"optional.reason", FINDING_WARNING, "an optional question needs a reason to be asked"},
    {"output.ref", FINDING_WARNING, "nothing would be shown: often a misspelt path"},
    {"output.value", FINDING_ERROR, "an output must say what it shows"},
    {"package.file", FINDING_ERROR, "a form that cannot be read cannot be offered"},
    {"package.id", FINDING_ERROR, "the folder's name is the form's address"},
    {"page.long", FINDING_WARNING, "more than nine questions a page are hard to keep track of"},
    {"page.question", FINDING_WARNING, "a step is named by what it is about, not by a question"},
    {"page.title", FINDING_ERROR, "without a name nobody knows where they are"},
    {"page.twice", FINDING_WARNING, "two steps of one name cannot be told apart"},
    {"page.unreachable", FINDING_WARNING, "nobody will ever see the page"},
    {"path.rows", FINDING_WARNING,
     "inside a repeat a path from the root means all rows, seldom what was meant"},
    {"pattern.message", FINDING_ERROR, "nobody can guess a pattern from \"check the answer\""},
    {"prefill.by", FINDING_ERROR, "a fact about an organisation needs its number, no other does"},
    {"prefill.editable", FINDING_ERROR, "whether people may change what was fetched must be known"},
    {"prefill.place", FINDING_ERROR, "what is fetched is one answer, and nothing else decides it"},
    {"prefill.unknown", FINDING_ERROR, "a misspelt word would never be fetched"},
    {"profile", FINDING_WARNING, "other engines of ODK forms do not know this part of XForms 1.1"},
    {"repeat.nodeset", FINDING_ERROR, "rows need a place to be kept"},
    {"retention.missing", FINDING_WARNING,
     "how long answers are kept is decided, not left to a default (personvernforordningen art. 5)"},
    {"sum.asked", FINDING_WARNING, "what follows from other answers is calculated, never asked"},
    {"text.inline", FINDING_WARNING, "it is the same in all languages: put it in <itext>"},
    {"text.missing", FINDING_WARNING, "who reads that language gets another in the middle"},
    {"text.unknown", FINDING_ERROR, "nothing would be said there"},
    {"text.unused", FINDING_WARNING, "texts nobody sees are translated and reviewed in vain"},
    {"title.missing", FINDING_ERROR, "a form must have a name"},
    {"title.sensitive", FINDING_WARNING,
     "the title stands in SMS and e-mail about the letter, where others may see it"},
    {"type.foreign", FINDING_WARNING, "a type that is not known is not checked"},
    {"type.unknown", FINDING_ERROR, "a misspelt type is not checked"},
    {"upload.accept", FINDING_ERROR,
     "people must know which files will do before they look for one"},
    {"upload.later", FINDING_WARNING, "who does not have the document yet cannot send"},
    {"upload.purpose", FINDING_ERROR, "who shares a document is told what it is for"},
    {"words.asterisk", FINDING_WARNING, "an asterisk means nothing when it is read out"},
    {"words.click", FINDING_WARNING, "a link or button says where it leads (WCAG 2.2, 2.4.4)"},
    {"words.required", FINDING_WARNING,
     "the page itself says which questions must be answered, in words chosen once"},
    {"xml", FINDING_ERROR, "what is not XML cannot be read"},
};

const struct lint_rule *lint_rules(size_t *count)
{
    *count = COUNT(rules);
    return rules;
}

static int compare_id(const void *id, const void *rule)
{
    return strcmp(id, ((const struct lint_rule *)rule)->id);
}

const struct lint_rule *lint_rule_find(const char *id)
{
    return bsearch(id, rules, COUNT(rules), sizeof *rules, compare_id);
}
