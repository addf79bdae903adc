#include "ui/look.h"
#include "ui/objects.h"
#include "ui/view.h"

struct picture {
    struct look look;
    char *none; /* what was asked for, and has no picture */
};

enum { PICTURE_NEXT = 1, PICTURE_HOLD, PICTURE_FASTER, PICTURE_SLOWER };

static const struct binding bindings[] = {
    {"Tab", PICTURE_NEXT, "next", "the next thing that has a picture", ACTION_PROXY},
    {"Space", PICTURE_HOLD, "hold", "the picture stands still, or goes on"},
    {"] +", PICTURE_FASTER, "faster", "more pictures a second, up to 10"},
    {"[", PICTURE_SLOWER, "slower", "fewer pictures a second"},
    OBJECT_LOGS_BINDING,
    OBJECT_BINDINGS,
    {NULL},
};

static const struct record *record_of(const struct picture *picture)
{
    struct store *pods = model_store(dashboard_model(picture->look.dash), SOURCE_PODS);
    return pods && picture->look.pod ? store_find(pods, picture->look.ns, picture->look.pod) : NULL;
}

/* A pod, a deployment or a thing: of these the pods that have pictures, the first that is ready before all others. */
static const struct pod *find(struct dashboard *dash, const struct target *target)
{
    const struct pod *found = NULL;
    STORE_EACH(struct pod, pod, model_store(dashboard_model(dash), SOURCE_PODS)) {
        bool named = str_eq(pod->r.name, target->name) || (target->kind != &kind_pod && str_eq(pod->thing, target->name));
        if (named && (!target->ns || str_eq(pod->r.ns, target->ns)) && look_may(dash, pod) && (!found || (pod->ready && !found->ready)))
            found = pod;
    }
    return found;
}

static void picture_retarget(void *state, const struct target *target)
{
    struct picture *picture = state;
    struct dashboard *dash = picture->look.dash;
    if (!target || !target->name || !model_store(dashboard_model(dash), SOURCE_PODS))
        return;
    const struct pod *pod = find(dash, target);
    free(picture->none);
    picture->none = pod ? NULL : xstrdup(target->name);
    look_at(&picture->look, pod);
}

static void *picture_open(struct dashboard *dash, const struct target *target)
{
    struct picture *picture = xcalloc(1, sizeof *picture);
    look_init(&picture->look, dash);
    picture_retarget(picture, target);
    return picture;
}

static void picture_close(void *state)
{
    struct picture *picture = state;
    look_release(&picture->look);
    free(picture->none);
    free(picture);
}

static void picture_draw_view(void *state, struct area area)
{
    struct picture *picture = state;
    struct look *look = &picture->look;
    if (!look->pod && picture->none) {
        draw_textf(area, 1, 1, ROLE_WARNING, 0, "%s has no picture: it is no running media thing with a video", picture->none);
        return;
    }
    if (!look->pod)
        look_at(look, look_next(look));
    if (!look->pod)
        draw_text(area, 1, 1, ROLE_DIM, 0, "no thing here has a picture; v on a pod or a box shows its picture");
    look_draw(look, area);
}

static unsigned picture_command(void *state, int command, const struct key *key UNUSED)
{
    struct picture *picture = state;
    struct look *look = &picture->look;
    switch (command) {
    case PICTURE_NEXT:
        look_at(look, look_next(look));
        return DID_CHANGE;
    case PICTURE_HOLD:
        look->held = !look->held;
        return DID_CHANGE;
    case PICTURE_FASTER:
        look->rate = MIN(look->rate + 1, (size_t)LOOK_RATES - 1);
        return DID_CHANGE;
    case PICTURE_SLOWER:
        look->rate -= look->rate > 0;
        return DID_CHANGE;
    default:
        return object_command(look->dash, command, record_of(picture));
    }
}

static bool picture_changed(void *state, unsigned mask)
{
    struct picture *picture = state;
    if (mask & CHANGED_CLIENT) /* its pod is of the cluster that is left */
        look_at(&picture->look, NULL);
    return mask & (CHANGED_PICTURE | CHANGED_DETECTIONS | CHANGED_CLIENT | CHANGED_PODS);
}

static void picture_summary(void *state, char *out, size_t size)
{
    look_words(&((struct picture *)state)->look, out, size);
}

static void picture_status(void *state, char *out, size_t size, enum role *role)
{
    const struct picture *picture = state;
    const struct look *look = &picture->look;
    const char *why = dashboard_model(look->dash)->picture.why;
    int64_t took;
    dashboard_picture_busy(look->dash, &took);
    *role = ROLE_WARNING;
    if (look->pod && !record_of(picture))
        snprintf(out, size, "the pod %s is gone, and there is no other one yet; Tab goes on to the next picture", look->pod);
    else if (look->held)
        snprintf(out, size, "held; Space goes on");
    else if (look->raw.rgb && *why)
        snprintf(out, size, "no newer picture: %s", why);
    else if (look->raw.rgb && 2 * took > (int64_t)((double)NSEC_PER_SEC / look_rates[look->rate]))
        snprintf(out, size, "the line takes %.2fs for a picture, so there are fewer of them", (double)took / 1e9);
    else {
        look_latency(look, out, size);
        *role = ROLE_DIM;
    }
}

const struct view view_picture = {
    .name = "picture",
    .title = "Picture",
    .words = "pic video",
    .ages = true,
    .detections = true,
    .sources = CHANGED_PODS,
    .bindings = bindings,
    .open = picture_open,
    .close = picture_close,
    .draw = picture_draw_view,
    .command = picture_command,
    .changed = picture_changed,
    .retarget = picture_retarget,
    .summary = picture_summary,
    .status = picture_status,
};
