#include "ui/review.h"

#define REFUSALS_MAX 8 /* that are listed; how many more there are is said */

static void add(struct choice_lines *lines, enum role role, char *text)
{
    review_add_wrapped(lines, role, text);
    free(text);
}

static bool is_first_of_thing(const struct model_trial *trial, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (trial->refusals[i].ends && str_eq(trial->refusals[i].thing, trial->refusals[at].thing))
            return false;
    return true;
}

/* A thing that can be taken over, with all that belongs to others; all of it carries its mark. */
static void add_thing(struct choice_lines *lines, const struct model_trial *trial, size_t at, bool taken)
{
    const char *thing = trial->refusals[at].thing;
    size_t from = lines->count;
    add(lines, taken ? ROLE_GOOD : ROLE_WARNING,
        xasprintf(taken ? "[x] %s: takes over what others set:" : "[ ] %s: refused, for others set this of it:", thing));
    for (size_t i = at; i < trial->count; i++) {
        const struct model_refusal *refusal = &trial->refusals[i];
        if (!refusal->ends || !str_eq(refusal->thing, thing))
            continue;
        for (size_t k = 0; k < refusal->other_count; k++)
            add(lines, ROLE_NORMAL, xasprintf("    %s", refusal->others[k]));
        if (!refusal->other_count)
            add(lines, ROLE_NORMAL, xasprintf("    %s", refusal->why));
    }
    choice_lines_mark(lines, from, thing);
}

static void add_refusals(struct choice_lines *lines, const struct model_trial *trial, const struct map *taken)
{
    size_t refused = 0;
    for (size_t i = 0; i < trial->count; i++)
        if (!trial->refusals[i].ends && refused++ < REFUSALS_MAX)
            add(lines, ROLE_BAD, xasprintf("! %s", trial->refusals[i].why));
    if (refused > REFUSALS_MAX)
        add(lines, ROLE_BAD, xasprintf("! and %zu more, at their boxes", refused - REFUSALS_MAX));
    for (size_t i = 0; i < trial->count; i++)
        if (trial->refusals[i].ends && is_first_of_thing(trial, i))
            add_thing(lines, trial, i, map_has(taken, trial->refusals[i].thing));
}

void review_trial(struct choice_lines *lines, const struct model_trial *trial, const struct map *taken)
{
    switch (trial->state) {
    case TRIAL_NONE: return;
    case TRIAL_ASKED: choice_lines_add(lines, ROLE_DIM, "  asking the cluster whether it would take it …"); return;
    case TRIAL_UNKNOWN: add(lines, ROLE_WARNING, xasprintf("! whether the cluster would take it is not known: %s", trial->note)); return;
    case TRIAL_TOLD: break;
    }
    if (trial->gitops) { /* then nothing else matters */
        add(lines, ROLE_BAD, xasprintf("! %s keeps these objects as they are in git, and would undo it: they are left to it. "
                                       "f writes the manifests, to be committed there", trial->gitops));
        return;
    }
    if (trial->missing)
        add(lines, ROLE_WARNING,
            xasprintf("! of what is deployed %zu object%s not there, for it was cut short, or somebody deleted %s: %s made", trial->missing,
                      trial->missing == 1 ? " is" : "s are", trial->missing == 1 ? "it" : "them",
                      trial->missing == 1 ? "it would be" : "they would be"));
    if (trial->note[0])
        add(lines, ROLE_NORMAL, xasprintf("  %s", trial->note));
    add_refusals(lines, trial, taken);
    if (!trial->note[0] && !trial->count)
        choice_lines_add(lines, ROLE_GOOD, "  the cluster would take it");
}
