#include "ui/view/nodes.h"

#include <math.h>

#include "base/text.h"
#include "base/time.h"
#include "ops/gpu_words.h"
#include "ops/node_room.h"
#include "ui/table.h"

#define NAME_W 8 /* "memory", "GPU 10/7" */
#define BAR_MIN 8
#define BAR_MAX 24
#define GPU_ROWS 64

struct head {
    struct dashboard *dash;
    const struct node *node;
    const struct usage *usage;
    struct area area;
    int y, bar_w;
};

static int line(struct head *head, const char *name)
{
    draw_field(head->area, 1, head->y++, NAME_W, ROLE_DIM, 0, name);
    return NAME_W + 2;
}

static void note(struct head *head, const char *text)
{
    draw_text(head->area, NAME_W + 2, head->y++, ROLE_DIM, 0, text);
}

/* A share of the whole; -1: not known, and no bar. */
static int bar(struct head *head, int x, double share, enum role role)
{
    struct area field = area_sub(head->area, x, head->y - 1, head->bar_w, 1);
    if (share < 0 || isnan(share))
        return x + head->bar_w + 1;
    draw_fill(field, ROLE_DIM, 0, 0x2591);
    if (share > 0)
        draw_bar(field, 0, MAX(MIN(share, 100) * head->bar_w / 100, 0.2), 0, role);
    return x + head->bar_w + 1;
}

static enum role fullness(int percent)
{
    return percent >= 100 ? ROLE_BAD : percent >= 80 ? ROLE_WARNING : ROLE_GOOD;
}

const char *nodes_cpu(char out[NODES_AMOUNT], int64_t milli)
{
    if (milli % 1000 == 0 || milli >= 100000)
        snprintf(out, NODES_AMOUNT, "%" PRId64, milli / 1000);
    else if (milli >= 1000)
        snprintf(out, NODES_AMOUNT, "%.1f", (double)milli / 1000);
    else
        snprintf(out, NODES_AMOUNT, "%" PRId64 "m", milli);
    return out;
}

const char *nodes_memory(char out[NODES_AMOUNT], int64_t bytes)
{
    double gib = (double)bytes / (double)(INT64_C(1) << 30);
    if (gib >= 1)
        snprintf(out, NODES_AMOUNT, "%.*fGi", gib < 10 && bytes % (INT64_C(1) << 30) ? 1 : 0, gib);
    else
        snprintf(out, NODES_AMOUNT, "%" PRId64 "Mi", bytes >> 20);
    return out;
}

static void draw_amount(struct head *head, const char *name, int64_t asked, int64_t used, int64_t of,
                        const char *(*text)(char out[NODES_AMOUNT], int64_t amount))
{
    char asked_text[NODES_AMOUNT], used_text[NODES_AMOUNT], of_text[NODES_AMOUNT];
    int share = percent_of(asked, of), busy = used < 0 ? -1 : percent_of(used, of), y = head->y, x = line(head, name);
    x = bar(head, x, share, fullness(share));
    x = draw_textf(head->area, x, y, ROLE_NORMAL, 0, "%3d%% requested, %s of %s", MAX(share, 0),
                   text(asked_text, asked), text(of_text, of));
    if (busy >= 0)
        draw_textf(head->area, x, y, busy >= 90 ? ROLE_WARNING : ROLE_NORMAL, 0, " · %d%% used, %s", busy,
                   text(used_text, used));
}

static void draw_facts(struct head *head)
{
    const struct node *node = head->node;
    char words[64], age[64];
    enum health health = node_words(words, node);
    int x = 1;
    draw_char(head->area, x, head->y, health_role(health), 0, health_glyph(health));
    x = draw_text(head->area, x + 2, head->y, health_role(health), 0, words);
    table_age(head->dash, age, sizeof age, node->r.created);
    const struct {
        const char *before, *text;
    } facts[] = {{"", node->roles}, {"", node->version}, {"", node->internal_ip}, {"", node->gpu_product}, {"for ", age}};
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
        if (facts[i].text)
            x = draw_textf(head->area, x, head->y, ROLE_DIM, 0, " · %s%s", facts[i].before, facts[i].text);
    head->y++;
}

static void draw_room(struct head *head, const struct load *load)
{
    struct node_room room;
    node_room(&room, head->node, gpu_ledger_node(dashboard_gpus(head->dash), head->node->r.name), load);
    for (size_t i = 0; i < room.count; i++) {
        enum health health = room.lines[i].health;
        enum role role = health == HEALTH_UNKNOWN ? ROLE_DIM : health_role(health);
        draw_char(head->area, 1, head->y, role, 0, health_glyph(health));
        head->y = draw_wrapped(head->area, 3, head->y, head->area.w - 4, role, 0, room.lines[i].text);
    }
}

/* "held idle 14m by notebook-0, held by training-0"; whether one of them is idle. */
static bool holders_text(const struct head *head, struct buf *out, const struct gpu_account *account)
{
    bool any = false;
    for (size_t i = 0; i < account->holder_count; i++) {
        const struct pod *pod = account->holders[i].pod;
        int64_t idle = nodes_idle(head->dash, pod);
        char age[TIME_TEXT];
        any |= idle != 0;
        buf_addf(out, "%sheld %s%s%sby %s", i ? ", " : "", idle ? "idle " : "", idle ? time_age(age, idle) : "", idle ? " " : "",
                 pod_called(pod));
    }
    return any;
}

/* Who holds it stands behind it, or below where there is no room. */
static void draw_account(struct head *head, const struct gpu_account *account)
{
    int y = head->y, x = line(head, "GPUs");
    struct buf held;
    buf_init(&held, 4096);
    gpu_account_text(&held, account);
    x = draw_text(head->area, x, y, ROLE_NORMAL, 0, held.data);
    buf_reset(&held);
    enum role role = holders_text(head, &held, account) ? ROLE_WARNING : ROLE_DIM;
    if (account->holder_count && x + 3 + text_width(held.data) <= head->area.w)
        draw_textf(head->area, x, y, role, 0, " · %s", held.data);
    else if (account->holder_count)
        head->y = draw_wrapped(head->area, NAME_W + 2, head->y, head->area.w - NAME_W - 3, role, 0, held.data);
    buf_release(&held);
}

static void draw_gpu(struct head *head, const struct dcgm_gpu *gpu)
{
    char name[48];
    struct buf text;
    bool idle = gpu->pod_count && gpu->idle_since;
    snprintf(name, sizeof name, "GPU %s%s%s", gpu->index, gpu->instance[0] ? "/" : "", gpu->instance);
    int y = head->y, x = line(head, name);
    x = bar(head, x, gpu->util, idle ? ROLE_WARNING : ROLE_BUSY);
    buf_init(&text, 1024);
    gpu_figures(&text, gpu);
    x = draw_text(head->area, x, y, ROLE_NORMAL, 0, text.data);
    buf_release(&text);
    if (gpu->xid > 0)
        x = draw_textf(head->area, x + 2, y, ROLE_BAD, 0, "XID %d%s%s", gpu->xid, *dcgm_xid_words(gpu->xid) ? ": " : "",
                       dcgm_xid_words(gpu->xid));
    for (size_t i = 0; i < gpu->pod_count; i++)
        x = draw_textf(head->area, x + 2, y, idle ? ROLE_WARNING : ROLE_DIM, 0, "%s/%s", gpu->pods[i].ns, gpu->pods[i].name);
    if (gpu->idle_since && gpu->pod_count && dashboard_now(head->dash) - gpu->idle_since >= 60 * NSEC_PER_SEC) {
        char age[TIME_TEXT];
        draw_textf(head->area, x, y, ROLE_WARNING, 0, " idle %s", time_age(age, dashboard_now(head->dash) - gpu->idle_since));
    }
}

static void draw_gpus(struct head *head)
{
    const struct dcgm_node *gpus = usage_gpus(head->usage, head->node->r.name);
    const struct gpu_account *account = gpu_ledger_node(dashboard_gpus(head->dash), head->node->r.name);
    bool has = false;
    for (; account; account = account->next)
        if (account->node && account->resource) {
            draw_account(head, account);
            has = true;
        }
    for (size_t i = 0; gpus && i < gpus->count && i < GPU_ROWS; i++)
        draw_gpu(head, &gpus->gpus[i]);
    if (!gpus && has && head->usage && head->usage->why[USAGE_GPUS][0])
        note(head, head->usage->why[USAGE_GPUS]);
}

static void draw_devices(struct head *head, const struct device_node *devices)
{
    for (size_t i = 0; devices && i < devices->count && i < GPU_ROWS; i++) {
        const struct device *device = &devices->devices[i];
        char user[300], memory[NODES_AMOUNT];
        int y = head->y, x = line(head, i ? "" : "DRA");
        device_user(user, device);
        x = draw_textf(head->area, x, y, ROLE_NORMAL, 0, "%s  %s", str_or_empty(device->device->name), device_product(device));
        if (device->device->memory)
            x = draw_textf(head->area, x, y, ROLE_DIM, 0, "  %s", nodes_memory(memory, device->device->memory));
        if (device->device->tainted)
            x = draw_text(head->area, x, y, ROLE_WARNING, 0, "  tainted");
        draw_textf(head->area, x, y, *user ? ROLE_DIM : ROLE_GOOD, 0, "  %s", *user ? user : "free");
    }
}

int node_head_draw(struct dashboard *dash, const struct node *node, const struct load_ledger *load, struct device_ledger *devices,
                   struct area area)
{
    struct head head = {dash, node, dashboard_model(dash)->usage, area, 0, MAX(MIN((area.w - 60) / 2, BAR_MAX), BAR_MIN)};
    struct load asked = load ? load_of(load, node->r.name) : (struct load){0};
    const struct usage_amount *used = usage_of_node(head.usage, node->r.name);
    draw_facts(&head);
    draw_room(&head, load ? &asked : NULL);
    draw_amount(&head, "CPU", asked.cpu_milli, used ? used->cpu_milli : -1, node->cpu_milli, nodes_cpu);
    draw_amount(&head, "memory", asked.memory, used ? used->memory : -1, node->memory, nodes_memory);
    if (!used && head.usage && head.usage->why[USAGE_NODES][0])
        note(&head, head.usage->why[USAGE_NODES]);
    draw_gpus(&head);
    draw_devices(&head, device_ledger_node(devices, node->r.name));
    return head.y;
}
