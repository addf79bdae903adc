#include "ops/why_rule.h"

#include "base/text.h"
#include "base/time.h"
#include "ops/timing.h"

#define TEXT_MOST 4000            /* of a sentence */
#define TOLD_MOST 300             /* of what the cluster says, within a sentence or a line of evidence */
#define LOG_TOLD 5                /* lines of a log that are evidence by themselves */
#define EVENTS_MOST 24            /* the newest of an object that are looked at */
#define LATELY (10 * 60 * NSEC_PER_SEC)
#define FLAPS 2                   /* restarts lately that a pod must have to be called ill while it runs */
#define TERMINATES (15 * NSEC_PER_SEC) /* past its grace, before that is called long */

bool why_says(const char *text, const char *words)
{
    char word[128];
    for (const char *s = words; text && *s;) {
        size_t n = strcspn(s, "|");
        snprintf(word, sizeof word, "%.*s", (int)n, s);
        if (strcasestr(text, word))
            return true;
        s += n;
        s += *s == '|';
    }
    return false;
}

/* Whether it is one of "a|b". */
static bool is_one(const char *word, const char *words)
{
    size_t len = strlen(word);
    for (const char *s = words; *s;) {
        size_t n = strcspn(s, "|");
        if (n == len && memcmp(s, word, n) == 0)
            return true;
        s += n;
        s += *s == '|';
    }
    return false;
}

/* A text of the cluster's, harmless, cut at a whole character. The caller's. */
static char *shown(const char *text, size_t most)
{
    struct buf out;
    buf_init(&out, 4 * TEXT_MOST + 64);
    size_t len = strnlen(text, most);
    bool cut = text[len] != '\0';
    while (cut && len && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    text_sanitise(&out, text, len);
    while (out.len && out.data[out.len - 1] == ' ')
        buf_truncate(&out, out.len - 1);
    buf_adds(&out, cut ? "…" : "");
    return buf_take(&out);
}

void why_seen(struct why_case *c, const char *fmt, ...)
{
    struct buf line;
    va_list ap;
    if (c->cause.seen_count == WHY_SEEN)
        return;
    buf_init(&line, TEXT_MOST);
    va_start(ap, fmt);
    buf_vaddf(&line, fmt, ap);
    va_end(ap);
    c->cause.seen[c->cause.seen_count++] = shown(line.data, TEXT_MOST);
    buf_release(&line);
}

static void see_fact(struct why_case *c, const struct why_fact *f)
{
    char age[TIME_TEXT] = "", times[32] = "", text[TOLD_MOST + 8];
    const char *colon = *f->text ? ": " : "";
    snprintf(text, sizeof text, "%.*s%s", TOLD_MOST, f->text, strlen(f->text) > TOLD_MOST ? "…" : "");
    switch (f->at) {
    case AT_STATE:
        why_seen(c, "container %s waits: %s%s%s", f->container->name, f->reason, colon, text);
        break;
    case AT_END:
        if (f->container->last_finished)
            time_age(age, c->of->now - f->container->last_finished);
        if (f->container->restarts)
            snprintf(times, sizeof times, ", %d restart%s", f->container->restarts, f->container->restarts == 1 ? "" : "s");
        why_seen(c, "container %s ended%s%s%s: %s%sexit status %d%s%s%s", f->container->name, *age ? " " : "", age,
                 *age ? " ago" : "", f->reason, *f->reason ? ", " : "", f->exit, times, colon, text);
        break;
    case AT_EVENT:
    case AT_PULL:
        if (f->event->count > 1)
            snprintf(times, sizeof times, " (x%d)", f->event->count);
        why_seen(c, "event %s %s ago%s%s%s", f->reason, time_age(age, c->of->now - f->event->last), times, colon, text);
        break;
    case AT_SCHEDULER: why_seen(c, "the scheduler: %s%s%s", f->reason, colon, text); break;
    case AT_POD: why_seen(c, "the pod: %s%s%s", f->reason, colon, text); break;
    case AT_FAILURE: why_seen(c, "the deployment: %s%s%s", f->reason, colon, text); break;
    case AT_LOG: why_seen(c, "log: %s", text); break;
    default: why_seen(c, "the node: %s%s%s", f->reason, colon, text); break;
    }
}

/* ---- what is known, as a list of facts */

static void add_fact(struct why_case *c, struct why_fact fact)
{
    if (c->fact_count == WHY_FACTS)
        return;
    fact.reason = str_or_empty(fact.reason);
    fact.text = str_or_empty(fact.text);
    c->facts[c->fact_count++] = fact;
}

static bool is_failed(const struct container *k)
{
    return k->state == CONTAINER_TERMINATED && (k->exit_code || k->signal);
}

static bool ended_lately(const struct why_case *c, const struct container *k)
{
    return k->restarts && k->last_finished && c->of->now - k->last_finished < LATELY;
}

static void add_container(struct why_case *c, const struct container *k)
{
    if (k->state == CONTAINER_WAITING)
        add_fact(c, (struct why_fact){AT_STATE, k->reason, k->message, k, NULL, 0});
    if (k->state == CONTAINER_TERMINATED)
        add_fact(c, (struct why_fact){AT_END, k->reason, k->message, k, NULL, k->signal ? 128 + k->signal : k->exit_code});
    else if (k->last_finished || k->last_reason)
        add_fact(c, (struct why_fact){AT_END, k->last_reason, k->last_message, k, NULL, k->last_exit_code});
}

static int newest_first(const void *a, const void *b)
{
    const struct event *x = *(const struct event *const *)a, *y = *(const struct event *const *)b;
    return x->last != y->last ? (x->last < y->last ? 1 : -1) : strcmp(x->r.name, y->r.name);
}

/* What a probe found before is no longer so: of "Readiness probe failed: …" the newest counts. */
static bool found_anew(const struct event *const *events, size_t i)
{
    const char *text = str_or_empty(events[i]->message);
    size_t probe = strcspn(text, " ");
    for (size_t k = 0; k < i; k++)
        if (str_eq(events[i]->reason, "Unhealthy") && str_eq(events[k]->reason, "Unhealthy") &&
            strncmp(str_or_empty(events[k]->message), text, probe + 1) == 0)
            return true;
    return false;
}

static void add_events(struct why_case *c, istr uid)
{
    const struct event *events[256];
    size_t count = 0;
    if (!c->of->events || !uid)
        return;
    INDEX_EACH(struct event, e, c->of->events, index_hash(uid))
        if (e->on_uid == uid && count < ARRAY_SIZE(events))
            events[count++] = e;
    qsort(events, count, sizeof *events, newest_first);
    for (size_t i = 0; i < MIN(count, EVENTS_MOST); i++)
        if (!found_anew(events, i))
            add_fact(c, (struct why_fact){str_starts(events[i]->message, "Failed to pull image") ? AT_PULL : AT_EVENT, events[i]->reason,
                                          events[i]->message, NULL, events[i], 0});
}

static unsigned when_container(const struct why_case *c, const struct container *k, const struct pod *pod)
{
    bool stays = !k->init || k->sidecar;
    if (is_failed(k) || (k->state == CONTAINER_WAITING && (k->last_finished || k->last_reason)))
        return WHEN_ENDED;
    if (k->state == CONTAINER_TERMINATED)
        return stays && !pod->terminal ? WHEN_ENDED : 0;
    if (k->state == CONTAINER_RUNNING && k->restarts >= FLAPS && ended_lately(c, k))
        return WHEN_ENDED;
    if (k->state == CONTAINER_RUNNING)
        return stays ? 0 : WHEN_STARTS;
    return WHEN_STARTS;
}

static unsigned when_pod(const struct why_case *c, const struct pod *pod)
{
    unsigned when = 0;
    if (pod->deleted) /* deleted is when its grace is over */
        return c->of->now > pod->deleted + TERMINATES ? WHEN_LEAVES : WHEN_WELL;
    if (str_eq(pod->phase, "Succeeded"))
        return WHEN_WELL;
    if (pod->reason || str_eq(pod->phase, "Failed"))
        when |= WHEN_OVER;
    if (!pod->node && !pod->terminal)
        return when | WHEN_WAITS;
    for (size_t i = 0; i < pod->container_count; i++)
        when |= pod->terminal && !pod->containers[i].state ? 0 : when_container(c, &pod->containers[i], pod);
    if (!when && !pod->ready)
        when = WHEN_UNREADY;
    return when ? when : WHEN_WELL;
}

static void know_node(struct why_case *c, const struct node *node)
{
    if (!str_eq(node->ready_status, "True"))
        add_fact(c, (struct why_fact){AT_NODE, node->ready_reason, node->ready_message, NULL, NULL, 0});
    if (node->pressure)
        add_fact(c, (struct why_fact){AT_NODE, node->pressure, NULL, NULL, NULL, 0});
}

static void know_deployment(struct why_case *c, const struct deployment *d)
{
    if (!d->wanted || d->paused)
        c->when |= WHEN_HELD;
    if (d->failure) {
        c->when |= WHEN_REFUSED;
        add_fact(c, (struct why_fact){AT_FAILURE, "ReplicaFailure", d->failure, NULL, NULL, 0});
    }
    if (d->deadline_exceeded || (!c->of->pod && d->wanted > d->replicas))
        c->when |= WHEN_REFUSED;
}

static void know_pod(struct why_case *c, const struct pod *pod)
{
    pod_words(&c->words, pod);
    c->when |= when_pod(c, pod);
    if (pod->unscheduled_why || pod->unscheduled_message)
        add_fact(c, (struct why_fact){AT_SCHEDULER, pod->unscheduled_why, pod->unscheduled_message, NULL, NULL, 0});
    if (pod->reason)
        add_fact(c, (struct why_fact){AT_POD, pod->reason, pod->message, NULL, NULL, 0});
    for (size_t i = 0; i < MIN(pod->container_count, 16); i++)
        add_container(c, &pod->containers[i]);
    for (size_t i = 0; i < MIN(c->of->log_count, 12); i++) /* the last line first: it is the likeliest to tell */
        add_fact(c, (struct why_fact){AT_LOG, NULL, c->of->log[c->of->log_count - 1 - i], NULL, NULL, 0});
    add_events(c, pod->r.uid);
}

/* ---- sentences */

/* What stands in the first quotes of a text: the name of what is missing. */
static void add_quoted(struct buf *out, const char *text)
{
    const char *from = strpbrk(text, "\"'`"), *to = from ? strpbrk(from + 1, "\"'`") : NULL;
    if (to)
        buf_addf(out, "%.*s", (int)MIN(to - from - 1, TOLD_MOST), from + 1);
    else
        buf_adds(out, "of that name");
}

static void add_bytes(struct buf *out, int64_t bytes)
{
    if (bytes % (1 << 30) == 0)
        buf_addf(out, "%" PRId64 "Gi", bytes >> 30);
    else
        buf_addf(out, "%" PRId64 "Mi", bytes >> 20);
}

/* A pod that is asked about by itself keeps its name, also where its wires are known. */
static const char *name_of(const struct why_case *c)
{
    const struct why_of *of = c->of;
    return c->asked->pod                  ? of->pod->r.name
           : of->live                     ? of->graph->things[of->thing].name
           : of->pod                      ? of->pod->r.name
           : of->deployment               ? of->deployment->r.name
           : of->node                     ? of->node->r.name
                                          : "?";
}

static const struct container *container_of(const struct why_case *c)
{
    const struct pod *pod = c->of->pod;
    if (c->fact && c->fact->container)
        return c->fact->container;
    for (size_t i = 0; c->fact && c->fact->event && pod && i < pod->container_count; i++) { /* "spec.containers{camera}" */
        const char *at = c->fact->event->on_field ? strchr(c->fact->event->on_field, '{') : NULL;
        size_t len = strlen(pod->containers[i].name);
        if (at && strncmp(at + 1, pod->containers[i].name, len) == 0 && at[1 + len] == '}')
            return &pod->containers[i];
    }
    return pod ? pod_main_container(pod) : NULL;
}

static void add_word(struct why_case *c, struct buf *out, const char *word, size_t len)
{
    const struct why_of *of = c->of;
    const struct container *k = container_of(c);
    char age[TIME_TEXT];
#define IS(w) (len == strlen(w) && memcmp(word, w, len) == 0)
    if (IS("it"))
        buf_adds(out, name_of(c));
    else if (IS("state"))
        buf_adds(out, c->out->state);
    else if (IS("ready")) /* what Kubernetes calls it, where that is all it has to say */
        buf_adds(out, of->pod && of->pod->ready && str_eq(c->out->state, "Running") ? "Ready" : c->out->state);
    else if (IS("container"))
        buf_adds(out, k ? k->name : "?");
    else if (IS("image"))
        buf_adds(out, k && k->image ? k->image : "its image");
    else if (IS("limit") && k)
        add_bytes(out, k->memory_limit);
    else if (IS("node"))
        buf_adds(out, of->pod && of->pod->node ? of->pod->node : of->node ? of->node->r.name : "its node");
    else if (IS("exit"))
        buf_addf(out, "%d", c->fact ? c->fact->exit : 0);
    else if (IS("quoted"))
        add_quoted(out, c->fact ? c->fact->text : "");
    else if (IS("reason"))
        buf_adds(out, c->fact ? c->fact->reason : "");
    else if (IS("text"))
        buf_addf(out, "%.*s%s", TOLD_MOST, c->fact ? c->fact->text : "", c->fact && strlen(c->fact->text) > TOLD_MOST ? "…" : "");
    else if (IS("age"))
        buf_adds(out, time_age(age, of->pod ? of->now - (of->pod->deleted ? of->pod->deleted : of->pod->r.created) : 0));
    else if (IS("who"))
        buf_adds(out, c->who);
    else
        BUG("a rule says $%.*s", (int)len, word);
#undef IS
}

static char *say(struct why_case *c, const char *sentence)
{
    struct buf out;
    buf_init(&out, TEXT_MOST);
    for (const char *s = sentence; *s;) {
        if (*s == '$') {
            size_t n = strspn(++s, "abcdefghijklmnopqrstuvwxyz");
            add_word(c, &out, s, n);
            s += n;
        } else {
            size_t n = strcspn(s, "$");
            buf_add(&out, s, n);
            s += n;
        }
    }
    char *text = shown(out.data, TEXT_MOST);
    buf_release(&out);
    return text;
}

/* ---- the rules */

/* Events are kept for an hour: what a pod that runs went through before its start does not count any more. */
static bool is_past(const struct why_case *c, const struct why_fact *f)
{
    return f->event && c->when & (WHEN_UNREADY | WHEN_WELL) && c->of->now - f->event->last > LATELY;
}

static bool matches(const struct why_case *c, const struct why_rule *rule, const struct why_fact *f)
{
    if (!(f->at & rule->at) || is_past(c, f))
        return false;
    if (rule->exit && f->exit != rule->exit)
        return false;
    if (rule->reason && f->at != AT_LOG && !is_one(f->reason, rule->reason))
        return false;
    return !rule->text || why_says(f->text, rule->text);
}

static void forget(struct why_case *c)
{
    for (size_t i = 0; i < c->cause.seen_count; i++)
        free(c->cause.seen[i]);
    c->cause = (struct why_cause){0};
    c->fact = NULL;
    c->who[0] = '\0';
}

static void keep(struct why_case *c, const char *rule, const char *sentence, const char *help)
{
    c->cause.rule = rule;
    c->cause.sentence = say(c, sentence);
    c->cause.help = say(c, help);
    GROW(c->out->causes, c->out->count, c->out->cap);
    c->out->causes[c->out->count++] = c->cause;
    c->cause = (struct why_cause){0};
    forget(c);
}

static void try_rule(struct why_case *c, const struct why_rule *rule)
{
    if (!(rule->when & c->when) || (rule->family && !rule->beside && c->spoken[rule->family]))
        return;
    c->rule = rule;
    for (size_t i = 0; rule->at && i < c->fact_count; i++)
        if (matches(c, rule, &c->facts[i])) {
            c->fact = c->fact ? c->fact : &c->facts[i];
            if (c->cause.seen_count < 3) /* the others are for what the rule itself has seen */
                see_fact(c, &c->facts[i]);
        }
    if ((rule->at && !c->fact) || (rule->holds && !rule->holds(c))) {
        forget(c);
        return;
    }
    for (size_t i = 0; rule->when & WHEN_ENDED && rule->at & (AT_END | AT_LOG) && i < MIN(c->of->log_count, LOG_TOLD); i++)
        if (!c->fact || c->fact->at != AT_LOG)
            why_seen(c, "log: %.*s", TOLD_MOST, c->of->log[c->of->log_count - MIN(c->of->log_count, LOG_TOLD) + i]);
    c->spoken[rule->family] = true;
    keep(c, rule->name, rule->sentence, rule->help);
}

static void say_unknown(struct why_case *c)
{
    for (size_t i = 0; i < c->fact_count; i++)
        if (!c->facts[i].event || str_eq(c->facts[i].event->type, "Warning"))
            see_fact(c, &c->facts[i]);
    for (size_t i = 0; i < c->fact_count && !c->cause.seen_count; i++)
        see_fact(c, &c->facts[i]);
    if (!c->cause.seen_count && c->of->pod)
        why_seen(c, "%d of %d containers are ready, no events", c->words.ready, c->words.total);
    if (c->words.health == HEALTH_BUSY)
        keep(c, "starting", "$it is $state for $age, and nothing that is known holds it up", "");
    else
        keep(c, "unknown", "nothing that is known explains why $it is $state", "look at its log and its events");
}

static int weigh(const struct why_case *c)
{
    if (!c->out->count)
        return 0;
    const char *first = c->out->causes[0].rule;
    if (str_eq(first, "input-starved") || str_eq(first, "input-held") || str_eq(first, "starting"))
        return 1;
    if (c->when & WHEN_HELD && c->out->count == 1)
        return 2;
    return c->words.health == HEALTH_BAD || c->when & (WHEN_REFUSED | WHEN_NODE) ? 5 : c->when & WHEN_WELL ? 3 : 4;
}

static void name_state(struct why_case *c)
{
    const struct why_of *of = c->of;
    char text[160] = "";
    if (of->live && !c->asked->pod)
        snprintf(text, sizeof text, "%s", of->live->things[of->thing].state);
    else if (of->pod)
        snprintf(text, sizeof text, "%s", c->words.status);
    else if (of->deployment)
        deployment_words(text, of->deployment);
    else if (of->node)
        node_words(text, of->node);
    char *name = shown(name_of(c), sizeof c->out->name / 4), *state = shown(text, sizeof c->out->state / 4);
    snprintf(c->out->name, sizeof c->out->name, "%s", name);
    snprintf(c->out->state, sizeof c->out->state, "%s", state);
    free(name);
    free(state);
}

void why_make(struct why *out, const struct why_of *asked)
{
    struct why_of of = *asked;
    struct why_case *c = xcalloc(1, sizeof *c);
    *out = (struct why){.weight = 0};
    if (of.live && !of.pod)
        of.pod = of.live->things[of.thing].pod;
    if (of.live && !of.deployment)
        of.deployment = of.live->things[of.thing].deployment;
    if (of.pod && !of.deployment)
        of.deployment = deployment_of_pod(of.deployments, of.pod);
    if (of.pod && of.pod->node && of.nodes && !of.node)
        of.node = (const struct node *)store_find(of.nodes, NULL, of.pod->node);
    c->of = &of;
    c->asked = asked;
    c->out = out;
    if (of.deployment)
        know_deployment(c, of.deployment);
    if (of.pod)
        know_pod(c, of.pod);
    if (of.node)
        know_node(c, of.node);
    if (of.node && !of.pod && !of.deployment) {
        c->when = WHEN_NODE;
        add_events(c, of.node->r.uid);
        add_events(c, of.node->r.name); /* a kubelet writes its node's name as the uid */
    }
    if (of.deployment)
        add_events(c, of.deployment->r.uid);
    name_state(c);
    for (size_t i = 0; i < why_rule_count; i++)
        try_rule(c, &why_rules[i]);
    bool ill = c->when & ~(unsigned)(WHEN_WELL | WHEN_NODE | WHEN_HELD);
    if (ill && !out->count)
        say_unknown(c);
    out->weight = weigh(c);
    forget(c);
    free(c);
}

static char *in_capitals(const char *sentence)
{
    char *text = xstrdup(sentence), *to = text;
    bool word = false;
    for (const char *c = sentence; *c; c++) {
        word = *c == '$' || (word && *c >= 'a' && *c <= 'z');
        if (*c != '$')
            *to++ = word ? (char)(*c - 'a' + 'A') : *c;
    }
    *to = '\0';
    return text;
}

const char *why_known(size_t i, char **sentence, char **help)
{
    if (i >= why_rule_count)
        return NULL;
    *sentence = in_capitals(why_rules[i].sentence);
    *help = in_capitals(why_rules[i].help);
    return why_rules[i].name;
}

void why_release(struct why *why)
{
    for (size_t i = 0; i < why->count; i++) {
        struct why_cause *cause = &why->causes[i];
        for (size_t k = 0; k < cause->seen_count; k++)
            free(cause->seen[k]);
        free(cause->sentence);
        free(cause->help);
    }
    free(why->causes);
    *why = (struct why){0};
}

void why_text(struct buf *out, const struct why *why)
{
    buf_addf(out, "%s: %s\n", why->name, why->state);
    for (size_t i = 0; i < why->count; i++) {
        const struct why_cause *cause = &why->causes[i];
        buf_addf(out, "  %s  (%s)\n", cause->sentence, cause->rule);
        for (size_t k = 0; k < cause->seen_count; k++)
            buf_addf(out, "    seen: %s\n", cause->seen[k]);
        if (*cause->help)
            buf_addf(out, "    help: %s\n", cause->help);
    }
}

const struct container *why_ended(const struct pod *pod, bool *previous)
{
    for (size_t i = 0; i < pod->container_count; i++) {
        const struct container *k = &pod->containers[i];
        *previous = k->state != CONTAINER_TERMINATED;
        if (is_failed(k) || (*previous && k->restarts && (k->last_finished || k->last_reason)))
            return k;
    }
    return NULL;
}
