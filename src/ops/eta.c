#include "ops/eta.h"

#include "base/time.h"
#include "ops/imagename.h"

void pasts_add(struct pasts *pasts, const cJSON *timing)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, timing) {
        const char *image = json_str(entry, "image"), *kind = json_str(entry, "nodeKind"), *node = json_str(entry, "node");
        if (!image)
            continue;
        GROW(pasts->items, pasts->count, pasts->cap);
        struct past *past = &pasts->items[pasts->count++];
        *past = (struct past){xstrdup(image), kind ? xstrdup(kind) : NULL, node ? xstrdup(node) : NULL, {-1}};
        for (int i = PHASE_SCHEDULED; i < PHASE_COUNT; i++)
            past->spans[i] = json_seconds(entry, i == PHASE_FIRST_RESULT ? "afterInputs" : phase_keys[i]);
    }
}

void pasts_read(struct pasts *pasts, const char *revisions)
{
    struct err err = ERR_INIT;
    cJSON *list = revisions ? json_parse(revisions, strlen(revisions), &err) : NULL;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
        pasts_add(pasts, json_array(entry, "timing"));
    cJSON_Delete(list);
}

void pasts_release(struct pasts *pasts)
{
    for (size_t i = 0; i < pasts->count; i++) {
        free(pasts->items[i].image);
        free(pasts->items[i].kind);
        free(pasts->items[i].node);
    }
    free(pasts->items);
    *pasts = (struct pasts){0};
}

const char *eta_node_kind(const struct store *nodes, const char *name)
{
    const struct node *node = nodes && name ? (const struct node *)store_find(nodes, NULL, name) : NULL;
    if (!node)
        return NULL;
    const char *type = node_label(node, "node.kubernetes.io/instance-type");
    return type ? type : node->gpu_product ? node->gpu_product : node_label(node, "kubernetes.io/arch");
}

struct guess {
    bool begun, made;
    int64_t result, end;
};

struct maker {
    struct eta *out;
    const struct course *course;
    const struct pasts *pasts;
    const struct store *nodes;
    struct guess *guesses; /* by pod */
    int64_t *spans;        /* room for the median's */
    struct known *known;   /* what was worked out: many pods are of one image */
    size_t known_count, known_cap;
    int64_t now;
};

/* Of an image on nodes of a kind (NULL: of any). */
struct known {
    const char *image, *kind;
    size_t pods;
    int64_t medians[PHASE_COUNT], pull; /* of all; of those that pulled */
};

static int by_length(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of those of the image, on nodes of that kind (NULL: any); pulls: only those longer than nothing. -1: none. */
static int64_t median(const struct maker *m, const char *image, const char *kind, enum phase phase, bool pulls)
{
    size_t count = 0;
    for (size_t i = 0; i < m->pasts->count; i++) {
        const struct past *past = &m->pasts->items[i];
        if (str_eq(past->image, image) && (!kind || str_eq(past->kind, kind)) && past->spans[phase] >= pulls)
            m->spans[count++] = past->spans[phase];
    }
    if (!count)
        return -1;
    qsort(m->spans, count, sizeof *m->spans, by_length);
    return m->spans[count / 2];
}

static size_t known_of(const struct maker *m, const char *image, const char *kind, const char *node)
{
    size_t count = 0;
    for (size_t i = 0; i < m->pasts->count; i++) {
        const struct past *past = &m->pasts->items[i];
        count += str_eq(past->image, image) && (!kind || str_eq(past->kind, kind)) && (!node || str_eq(past->node, node));
    }
    return count;
}

static const struct known *known(struct maker *m, const char *image, const char *kind)
{
    for (size_t i = 0; i < m->known_count; i++)
        if (str_eq(m->known[i].image, image) && (m->known[i].kind == kind || str_eq(m->known[i].kind, kind)))
            return &m->known[i];
    GROW(m->known, m->known_count, m->known_cap);
    struct known *k = &m->known[m->known_count++];
    *k = (struct known){.image = image, .kind = kind, .pods = known_of(m, image, kind, NULL)};
    for (int i = 0; i < PHASE_COUNT; i++)
        k->medians[i] = median(m, image, kind, (enum phase)i, false);
    k->pull = median(m, image, kind, PHASE_PULLED, true);
    return k;
}

/* The node says so; or it ran the image before, and has it still as far as one can tell. */
static bool held(const struct maker *m, const char *image, const char *node)
{
    const struct record *record = m->nodes && store_kind(m->nodes) == &kind_nodeimages ? store_find(m->nodes, NULL, node) : NULL;
    if (!record)
        return known_of(m, image, NULL, node);
    struct buf whole;
    buf_init(&whole, 4096);
    imagename_whole(&whole, image);
    bool says = imagename_held((const struct nodeimages *)record, whole.data, NULL);
    buf_release(&whole);
    return says;
}

static int64_t usual(struct maker *m, const struct course_pod *of, const char *kind, enum phase phase)
{
    const struct pod *pod = of->pod;
    const char *image = pod_main_container(pod)->image;
    if (phase == PHASE_PULLED && pod->node && !of->timing.pulling && held(m, image, pod->node))
        return 0;
    const struct known *k = known(m, image, kind);
    int64_t span = phase == PHASE_PULLED ? k->pull : k->medians[phase];
    if (span < 0 && phase == PHASE_PULLED && m->nodes && store_kind(m->nodes) == &kind_nodeimages)
        m->out->unknown = image; /* it was always there, and here it is not */
    return MAX(span, 0);
}

static void guess(struct maker *m, size_t index);

static int64_t inputs_come(struct maker *m, const struct course_pod *pod)
{
    const struct graph *graph = m->course->graph;
    int64_t latest = 0;
    for (size_t l = 0; graph && pod->thing != SIZE_MAX && l < graph->link_count; l++)
        for (size_t i = 0; graph->links[l].to == pod->thing && i < m->course->count; i++)
            if (m->course->pods[i].thing == graph->links[l].from && &m->course->pods[i] != pod) {
                guess(m, i);
                latest = MAX(latest, m->guesses[i].result);
            }
    return latest;
}

static void guess(struct maker *m, size_t index)
{
    const struct course_pod *pod = &m->course->pods[index];
    const struct phase_time *p = pod->timing.phases;
    struct guess *g = &m->guesses[index];
    int64_t end = course_pod_end(pod), at = p[PHASE_CREATED].at, started = 0;
    if (g->begun) /* a circle of links waits for nobody */
        return;
    g->begun = true;
    g->result = p[PHASE_FIRST_RESULT].at;
    g->end = end;
    if (end || pod->restarted || !pod_main_container(pod->pod))
        return;
    const char *image = pod_main_container(pod->pod)->image, *kind = eta_node_kind(m->nodes, pod->pod->node);
    size_t pods = known(m, image, kind)->pods;
    if (!pods) {
        m->out->elsewhere |= kind != NULL;
        kind = NULL;
        pods = known(m, image, NULL)->pods;
    }
    if (!pods || pod->timing.skewed) {
        m->out->unknown = image;
        return;
    }
    m->out->pods = m->out->pods ? MIN(m->out->pods, pods) : pods;
    bool waits = false;
    for (int i = PHASE_SCHEDULED; i <= PHASE_READY; i++) {
        int64_t span = p[i].at ? 0 : usual(m, pod, kind, (enum phase)i);
        bool later = false; /* a phase of which nothing is told, before one that is over */
        for (int k = i + 1; k <= PHASE_READY; k++)
            later |= p[k].at != 0;
        if (p[i].at) {
            at = MAX(at, p[i].at);
        } else if (!later) {
            at = waits ? at + span : MAX(at + span, m->now);
            waits = true;
            m->out->pulls |= i == PHASE_PULLED && span > 0;
        }
        if (i == PHASE_STARTED)
            started = at;
    }
    g->end = at;
    if (!pod->ends_ready && !g->result) {
        g->result = MAX(MAX(started, inputs_come(m, pod)) + usual(m, pod, kind, PHASE_FIRST_RESULT), m->now);
        g->end = MAX(g->end, g->result);
    }
    g->made = true;
}

void eta_make(struct eta *out, const struct course *course, const struct pasts *pasts, const struct store *nodes, int64_t now)
{
    *out = (struct eta){0};
    struct maker m = {.out = out, .course = course, .pasts = pasts, .nodes = nodes, .now = now};
    m.guesses = xcalloc(course->count + 1, sizeof *m.guesses);
    m.spans = xcalloc(pasts->count + 1, sizeof *m.spans);
    int64_t end = 0;
    bool open = false;
    for (size_t i = 0; i < course->count; i++) {
        guess(&m, i);
        open |= m.guesses[i].made;
        end = MAX(end, m.guesses[i].end);
    }
    if (open && !out->unknown)
        out->at = MAX(end, now);
    free(m.guesses);
    free(m.spans);
    free(m.known);
}

char *eta_words(char out[ETA_TEXT], const struct eta *eta, int64_t now)
{
    char text[TIME_TEXT];
    *out = '\0';
    if (eta->at - now > NSEC_PER_SEC)
        snprintf(out, ETA_TEXT, "up in about %s%s, as %zu pod%s took before%s", time_age(text, eta->at - now),
                 eta->pulls ? ", pulling" : "", eta->pods, eta->pods == 1 ? "" : "s", eta->elsewhere ? " on other nodes" : "");
    else if (eta->at)
        snprintf(out, ETA_TEXT, "up any moment, as %zu pod%s took before", eta->pods, eta->pods == 1 ? "" : "s");
    return out;
}
