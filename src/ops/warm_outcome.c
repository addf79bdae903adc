#include "ops/warm_outcome.h"

/* What registries, runtimes and kubelets say, and what it means. Where `final`, trying again changes nothing. */
static const struct {
    const char *said, *words; /* words NULL: what is said is plain enough */
    bool final;
} causes[] = {
    {"the embedded cluster pulls no images", NULL, true},
    {"no space left on device", "no space is left on the node", true},
    {"may require authorization", "there is no such image, or it needs a pull secret", true},
    {"insufficient_scope", "there is no such image, or it needs a pull secret", true},
    {"authorization failed", "the registry refuses the credentials", true},
    {"nauthorized", "the registry refuses the credentials", true},
    {"no basic auth credentials", "the registry wants credentials: imagePullSecrets names them", true},
    {"403 Forbidden", "the registry refuses the credentials", true},
    {"no match for platform", "the image is none for this kind of processor", true},
    {"not found", "there is no such image", true},
    {"no such host", "the registry's host name is not known", false},
    {"connection refused", "the registry does not answer", false},
    {"timeout", "the registry does not answer", false},
    {"x509:", "the registry's certificate is not trusted", true},
    {"server gave HTTP response to HTTPS", "the registry speaks HTTP, and the node wants HTTPS of it", true},
};

/* Of waiting for its image; all other reasons come after the image is there. */
static const struct {
    const char *reason;
    enum warm_stand stand;
} waits[] = {
    {"ContainerCreating", WARM_ON_ITS_WAY},   {"PodInitializing", WARM_ON_ITS_WAY}, {"ErrImagePull", WARM_TRIES},
    {"ImagePullBackOff", WARM_TRIES},         {"RegistryUnavailable", WARM_TRIES},  {"InvalidImageName", WARM_FAILED},
    {"ErrImageNeverPull", WARM_FAILED},       {"ImageInspectError", WARM_TRIES},    {"SignatureValidationFailed", WARM_FAILED},
};

/* "Back-off pulling image "x": ErrImagePull: rpc error: code = NotFound desc = failed to …": from "failed" on. */
static void take_message(struct warm_outcome *out, const char *message)
{
    static const char *const before[] = {"Back-off pulling image", "ErrImagePull: ", "rpc error: code = "};
    const char *at;
    if (str_starts(message, before[0]) && !(at = strstr(message, before[1])))
        return; /* an older kubelet's: what was said before stays */
    message = str_or_empty(message);
    if (str_starts(message, before[0]))
        message = at + strlen(before[1]);
    if (str_starts(message, before[2]) && (at = strstr(message, " desc = ")))
        message = at + strlen(" desc = ");
    snprintf(out->message, sizeof out->message, "%s", message);
}

static void judge(struct warm_outcome *out, enum warm_stand stand, const char *message)
{
    out->stand = stand;
    take_message(out, message);
    for (size_t i = 0; i < ARRAY_SIZE(causes) && !out->words; i++)
        if (strstr(out->message, causes[i].said)) {
            out->words = causes[i].words;
            if (causes[i].final)
                out->stand = WARM_FAILED;
        }
}

static void from_container(struct warm_outcome *out, const struct container *c)
{
    bool was = c->state == CONTAINER_RUNNING || c->state == CONTAINER_TERMINATED;
    if (was && !str_eq(c->reason, "ContainerStatusUnknown")) { /* that is a pod ended before its container was made */
        out->stand = WARM_PULLED;
        return;
    }
    if (c->state != CONTAINER_WAITING || !c->reason)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
        if (str_eq(waits[i].reason, c->reason)) {
            if (waits[i].stand != WARM_ON_ITS_WAY)
                judge(out, waits[i].stand, c->message);
            if (str_eq(c->reason, "InvalidImageName"))
                out->words = "that is no image's name";
            return;
        }
    out->stand = WARM_PULLED; /* CreateContainerConfigError, RunContainerError …: that was looked at with the image there */
}

/* A pod that ended and whose container never was: evicted, refused by the kubelet, out of its time. */
static void ended(struct warm_outcome *out, const struct pod *pod)
{
    out->stand = WARM_FAILED;
    snprintf(out->message, sizeof out->message, "%s%s%s", str_or_empty(pod->reason), pod->reason && pod->message ? ": " : "",
             str_or_empty(pod->message));
    if (str_eq(pod->reason, "DeadlineExceeded"))
        out->words = "it took longer than was allowed";
}

void warm_outcome(struct warm_outcome *out, const struct pod *pod)
{
    *out = (struct warm_outcome){.stand = WARM_ON_ITS_WAY};
    for (size_t i = 0; i < pod->container_count; i++)
        if (!pod->containers[i].init) {
            from_container(out, &pod->containers[i]);
            break;
        }
    if (out->stand == WARM_PULLED)
        return;
    if (pod->terminal) {
        if (out->stand == WARM_ON_ITS_WAY)
            ended(out, pod);
        out->stand = WARM_FAILED;
    } else if (!pod->node && pod->unscheduled_message) {
        out->stand = WARM_NO_ROOM;
        out->words = "no pod finds room there now";
        snprintf(out->message, sizeof out->message, "%s", pod->unscheduled_message);
    }
}

int64_t warm_pulled_size(const char *message)
{
    const char *at = message ? strstr(message, "Image size: ") : NULL;
    return at ? MAX(strtoll(at + strlen("Image size: "), NULL, 10), 0) : 0;
}
