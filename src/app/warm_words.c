#include "app/warm.h"

#include "base/time.h"
#include "ops/warm.h"

const char *const warm_state_names[] = {"waiting", "asking", "pulling", "troubled", "present", "pulled", "there", "failed"};

/* The message comes with the first that it is said of; the words then stand for it. */
static void add_why(struct buf *out, const struct warm_item *item)
{
    bool message = item->message && *item->message;
    if (item->words)
        buf_addf(out, ": %s", item->words);
    if (item->said && !item->words)
        buf_adds(out, ", for the same reason");
    else if (message && !item->said)
        buf_addf(out, item->words ? " (%s)" : ": %s", item->message);
}

void warm_item_words(char *out, size_t size, const struct warm_item *item)
{
    char took[TIME_TEXT], bytes[WARM_SIZE_TEXT];
    struct buf text;
    buf_init(&text, 8192);
    switch (item->state) {
    case WARM_WAITING:
    case WARM_ASKING: buf_addf(&text, "%s: %s is asked for", item->node, item->image); break;
    case WARM_PULLING: buf_addf(&text, "%s: pulling %s", item->node, item->image); break;
    case WARM_TROUBLED:
        buf_addf(&text, "%s: %s is not there yet", item->node, item->image);
        add_why(&text, item);
        break;
    case WARM_PRESENT: buf_addf(&text, "%s: %s is present", item->node, item->image); break;
    case WARM_DONE: buf_addf(&text, "%s: %s pulled in %s", item->node, item->image, time_span(took, item->pull)); break;
    case WARM_THERE:
        buf_addf(&text, "%s: %s is there; how long it took, the cluster does not tell", item->node, item->image);
        break;
    case WARM_LOST:
        buf_addf(&text, "%s: %s is not there", item->node, item->image);
        add_why(&text, item);
        break;
    }
    if (item->size && item->state >= WARM_PRESENT)
        buf_addf(&text, ", %s", warm_size(bytes, item->size));
    snprintf(out, size, "%s", text.data);
    buf_release(&text);
}

size_t warm_total_words(char *out, size_t size, const struct warm *warm)
{
    size_t counts[WARM_LOST + 1] = {0};
    const struct warm_item *item;
    for (size_t i = 0; (item = warm_item(warm, i)); i++)
        counts[item->state >= WARM_PRESENT ? item->state : WARM_LOST]++;
    size_t pulled = counts[WARM_DONE] + counts[WARM_THERE];
    int len = snprintf(out, size, "%zu pulled, %zu present", pulled, counts[WARM_PRESENT]);
    if (counts[WARM_LOST] && len > 0 && (size_t)len < size)
        snprintf(out + len, size - (size_t)len, ", %zu not there", counts[WARM_LOST]);
    return counts[WARM_LOST];
}
