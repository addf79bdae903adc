/* The columns of secrets, leases, claims of volumes and endpoint slices. */
#include "edge/table.h"

#define NAME                                                                   \
    {                                                                          \
        "Name", "string", "name", 0, "Name must be unique within a namespace." \
    }
#define AGE                                                 \
    {                                                       \
        "Age", "string", "", 0, "When the object was made." \
    }

const struct edge_column edge_secret_columns[] = {
    NAME, {"Type", "string", "", 0, "What it is for."}, {"Data", "string", "", 0, "How many entries it has."}, AGE, {0},
};

void edge_secret_cells(const cJSON *secret, int64_t now_wall, cJSON *cells)
{
    edge_cell(cells, json_str_or(secret, "metadata.name", ""));
    edge_cell(cells, json_str_or(secret, "type", ""));
    edge_cell_int(cells, cJSON_GetArraySize(json_get(secret, "data")));
    edge_cell_age(cells, secret, "metadata.creationTimestamp", now_wall);
}

const struct edge_column edge_lease_columns[] = {
    NAME,
    {"Holder", "string", "", 0, "Who holds it."},
    AGE,
    {0},
};

void edge_lease_cells(const cJSON *lease, int64_t now_wall, cJSON *cells)
{
    edge_cell(cells, json_str_or(lease, "metadata.name", ""));
    edge_cell(cells, json_str_or(lease, "spec.holderIdentity", ""));
    edge_cell_age(cells, lease, "metadata.creationTimestamp", now_wall);
}

const struct edge_column edge_persistentvolumeclaim_columns[] = {
    NAME,
    {"Status", "string", "", 0, "Whether it has a volume."},
    {"Volume", "string", "", 0, "Its volume."},
    {"Capacity", "string", "", 0, "How large that is."},
    {"Access Modes", "string", "", 0, "Who may use it at a time."},
    {"StorageClass", "string", "", 0, "What makes its volume."},
    AGE,
    {"VolumeMode", "string", "", 1, "A file system or a block device."},
    {0},
};

void edge_persistentvolumeclaim_cells(const cJSON *claim, int64_t now_wall, cJSON *cells)
{
    const cJSON *mode = cJSON_GetArrayItem(json_array(claim, "spec.accessModes"), 0);
    const char *name = json_str_or(mode, "", "");
    edge_cell(cells, json_str_or(claim, "metadata.name", ""));
    edge_cell(cells, json_str_or(claim, "status.phase", ""));
    edge_cell(cells, json_str_or(claim, "spec.volumeName", ""));
    edge_cell(cells, json_str_or(json_get(claim, "status"), "capacity.storage", ""));
    edge_cell(cells, str_eq(name, "ReadWriteOnce")      ? "RWO"
                     : str_eq(name, "ReadOnlyMany")     ? "ROX"
                     : str_eq(name, "ReadWriteMany")    ? "RWX"
                     : str_eq(name, "ReadWriteOncePod") ? "RWOP"
                                                        : "");
    edge_cell(cells, json_str_or(claim, "spec.storageClassName", ""));
    edge_cell_age(cells, claim, "metadata.creationTimestamp", now_wall);
    edge_cell(cells, json_str_or(claim, "spec.volumeMode", ""));
}

const struct edge_column edge_endpointslice_columns[] = {
    NAME,
    {"AddressType", "string", "", 0, "What kind of addresses it has."},
    {"Ports", "string", "", 0, "The ports of every endpoint."},
    {"Endpoints", "string", "", 0, "The addresses of the endpoints."},
    AGE,
    {0},
};

/* Three at most, as kubectl shows them. */
static void add_some(struct buf *text, const char *word, int *count)
{
    if ((*count)++ < 3)
        buf_addf(text, "%s%s", text->len ? "," : "", word);
}

static void put_some(cJSON *cells, struct buf *text, int count, const char *none)
{
    if (count > 3)
        buf_addf(text, " + %d more...", count - 3);
    edge_cell(cells, text->len ? text->data : none);
    buf_reset(text);
}

void edge_endpointslice_cells(const cJSON *slice, int64_t now_wall, cJSON *cells)
{
    struct buf text;
    int count = 0;
    char number[24];
    const cJSON *item, *address;
    buf_init(&text, 1024);
    edge_cell(cells, json_str_or(slice, "metadata.name", ""));
    edge_cell(cells, json_str_or(slice, "addressType", ""));
    cJSON_ArrayForEach (item, json_array(slice, "ports")) {
        snprintf(number, sizeof number, "%" PRId64, json_int(item, "port", 0));
        add_some(&text, number, &count);
    }
    put_some(cells, &text, count, "<unset>");
    count = 0;
    cJSON_ArrayForEach (item, json_array(slice, "endpoints"))
        cJSON_ArrayForEach (address, json_array(item, "addresses"))
            add_some(&text, json_str_or(address, "", ""), &count);
    put_some(cells, &text, count, "<unset>");
    edge_cell_age(cells, slice, "metadata.creationTimestamp", now_wall);
    buf_release(&text);
}
