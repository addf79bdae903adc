#include "graph_test.h"

#define HEAD "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: x}\n"

/* Documents and every fault they have, as a user reads them. */
static const struct {
    const char *text, *faults;
} rows[] = {
    {HEAD "spec: {class: MSensor, image: a/b:1}\n", ""},
    {HEAD "spec: {class: MAnalyzer, image: a/b:1, port: 80, probes: {ready: /r}, gpu: {count: 1, resource: amd.com/gpu}}\n",
     ""},
    {"", ""},
    {"kind: ServiceGraph\napiVersion: patchbay.dev/v1\n",
     "1:7: a catalogue holds documents of kind MediaThing and Images, not 'ServiceGraph'\n"},
    {"- a\n", "1:1: a catalogue entry is a map with apiVersion, kind, metadata and spec\n"},
    {"apiVersion: patchbay.dev/v2\nkind: MediaThing\nmetadata:\nspec:\n",
     "1:13: the apiVersion must be patchbay.dev/v1, not 'patchbay.dev/v2'\n3:10: 'metadata' with a 'name' is missing\n"
     "4:6: 'spec' is missing\n"},
    {HEAD "spec: {clas: MSensor, image: \"a b\"}\n",
     "4:8: spec has no key 'clas'; did you mean 'class'?\n4:7: 'class' is missing\n"
     "4:30: 'a b' is no image name: it holds a space\n"},
    {HEAD "spec: {class: MSensr, image: a, port: 70000}\n",
     "4:15: 'MSensr' is no class of media things: MSensor, MAnalyser, MActuator or MStorage; did you mean 'MSensor'?\n"
     "4:39: 'port' must be a whole number from 1 to 65535, not '70000'\n"},
    {HEAD "spec:\n  class: MAnalyser\n  image: a\n  inputs:\n    - {name: video, media: video, env: 1X}\n"
          "    - {name: video, media: video/mjpeg, env: V, max: 0}\n    - {name: b, media: a/b, env: V}\n",
     "8:28: 'video' is no media type such as video/mjpeg\n8:40: '1X' is no name for an environment variable\n"
     "9:14: there are two ports named 'video'\n9:54: 'max' must be a whole number from 1 to 1000, not '0'\n"
     "10:34: input 'video' uses the variable V, too\n"},
    {HEAD "spec:\n  class: MAnalyser\n  image: a\n  outputs: [{name: v, media: video/*, path: v}]\n",
     "7:45: the path 'v' must begin with '/' and have no spaces\n7:30: an output has one media type, 'video/*' names many\n"},
    {HEAD "spec:\n  class: MSensor\n  image: a\n  params:\n    - {name: a, type: number, min: 2, max: 1}\n"
          "    - {name: b, type: number, min: 0, max: 1, default: 2}\n    - {name: c, type: choice}\n"
          "    - {name: d, type: choice, choices: [x, y], default: z}\n    - {name: e, type: nubmer}\n"
          "    - {name: f, required: true, default: x}\n    - {name: g, min: 3}\n    - {name: a}\n"
          "    - {name: h, type: integer, default: 1.5}\n    - {name: i, type: boolean, default: maybe}\n",
     "8:36: the minimum 2 is above the maximum 1\n9:56: the default '2' is not a number from 0 to 1\n"
     "10:7: a parameter of type choice must list its 'choices'\n11:57: the default 'z' is not one of 'x', 'y'\n"
     "12:23: 'nubmer' is no type: string, number, integer, boolean or choice; did you mean 'number'?\n"
     "13:42: the parameter is required, so its default would never be used: leave out one of the two\n"
     "14:22: only a number has a 'min'\n15:14: there are two parameters named 'a'\n"
     "16:41: the default '1.5' is not a whole number\n17:41: the default 'maybe' is not true or false\n"},
    {HEAD "spec:\n  class: MSensor\n  image: a\n  args: [\"${param.fsp}\", \"${thing}-${graph}\", \"$${HOME}\", \"${\"]\n"
          "  params: [{name: fps}]\n  env: {A: \"${in.video}\", TOKEN: abc, B: \"${param.fps}\"}\n",
     "7:10: ${param.fsp} is nothing that can be filled in: ${param.NAME}, ${in.NAME}, ${thing} or ${graph} (\"$${\" "
     "stands for \"${\"); did you mean 'param.fps'?\n"
     "7:59: ${} is nothing that can be filled in: ${param.NAME}, ${in.NAME}, ${thing} or ${graph} (\"$${\" stands for "
     "\"${\")\n"
     "9:12: ${in.video} is nothing that can be filled in: ${param.NAME}, ${in.NAME}, ${thing} or ${graph} (\"$${\" "
     "stands for \"${\")\n"
     "9:34: TOKEN looks like a credential: name it under a thing's 'secrets', not in a catalogue\n"},
    {HEAD "spec: {class: MSensor, image: a, gpu: {count: -1, resource: gpu}, probes: {ready: readyz, alive: /x}}\n",
     "4:47: 'count' must be a whole number from 0 to 64, not '-1'\n4:61: 'gpu' is no device resource such as "
     "nvidia.com/gpu\n4:91: probes has no key 'alive'; did you mean 'live'?\n"
     "4:75: warning: 'port' is not said, so the probes ask port 8080\n4:83: the path 'readyz' must begin with '/'\n"},
    {HEAD "spec: {class: MStorage, image: a, storage: {size: much, path: here, class: x}}\n",
     "4:69: storage has no key 'class'\n4:51: 'much' is no amount of storage such as 10Gi\n"
     "4:63: 'here' is no absolute path\n"},
    {HEAD "spec: {class: MSensor, image: a, inputs: {}, params: [1], args: x}\n",
     "4:42: inputs must be a list, not a map\n4:55: a parameter must be a map of keys and values, not a single value\n"
     "4:65: args must be a list, not a single value\n"},
    {HEAD "spec:\n  class: MSensor\n  defaultName: My_Cam\n  image: a\n  params:\n    - {name: a, unit: s}\n"
          "    - {name: b, type: integer, unit: frames a second or so}\n",
     "6:16: 'My_Cam' is no legal name for a thing: lower case letters, digits and hyphens, a letter first, at most 40 "
     "characters\n9:23: only a number has a 'unit'\n"
     "10:38: the unit 'frames a second or so' is too long: a word such as seconds or MiB, at most 20 characters\n"},
    {HEAD "spec:\n  class: MSensor\n  image: a\n  params:\n    - {name: a, type: choice, choices: [x, y, x]}\n"
          "    - {name: b, type: integer, min: 0.5, max: .inf}\n    - {name: c, choices: [x]}\n"
          "    - {name: d, type: choice, default: x, choices: []}\n    - {name: e, min: 1, max: 2, type: boolean}\n",
     "8:47: the choice 'x' is there twice\n9:37: the parameter is a whole number, so its 'min' cannot be '0.5'\n"
     "9:47: 'max' must be a number, not '.inf'\n10:26: only a parameter of type choice has 'choices'\n"
     "11:52: a parameter of type choice must list its 'choices'\n12:22: only a number has a 'min'\n"
     "12:30: only a number has a 'max'\n"},
    {HEAD "spec:\n  class: MAnalyser\n  image: a\n  inputs: [{name: v, media: a/b, env: POD_IP}]\n"
          "  outputs: [{name: v, media: a/b, path: /v}, {name: w, media: c/d, path: /v}]\n"
          "  metrics: [{name: m, of: fps, port: v}, {name: n, of: fps, port: v}, {name: o, of: fps},\n"
          "            {name: p, of: fps, port: x}]\n  probes: {ready: /r}\n  env: [{name: A, value: 1}, {name: A}, {name: "
          "PATCHBAY_GRAPH}]\n",
     "7:39: POD_IP is set for every thing: take another name\n8:74: output 'v' has the path /v, too\n"
     "11:11: warning: 'port' is not said, so the probes ask port 8080\n"
     "9:42: two metrics say the fps of port v\n10:38: there is no port 'x'\n12:30: env names A twice\n"
     "12:41: PATCHBAY_GRAPH is set for every thing: take another name\n"},
    {HEAD "spec:\n  class: MSensor\n  image: a\n  files:\n    - {path: /etc/a.conf, content: \"${param.x}\"}\n"
          "    - {path: etc/b, content: c}\n    - {path: /etc/../b, content: c}\n    - {path: /etc/a.conf, content: c}\n"
          "    - {path: /etc/a.conf/d, content: c}\n    - {path: /etc_a.conf, contents: c}\n    - {path: /ok}\n"
          "    - {path: \"/a b\", content: [c]}\n",
     "8:36: ${param.x} is nothing that can be filled in: ${param.NAME}, ${in.NAME}, ${thing} or ${graph} (\"$${\" stands "
     "for \"${\")\n"
     "9:14: 'etc/b' is no path for a file: it begins with '/' and names no folder above, of letters, digits, '/', '.', '_' "
     "and '-', at most 250 of them\n"
     "10:14: '/etc/../b' is no path for a file: it begins with '/' and names no folder above, of letters, digits, '/', "
     "'.', '_' and '-', at most 250 of them\n"
     "11:14: there are two files '/etc/a.conf'\n"
     "12:14: of '/etc/a.conf' and '/etc/a.conf/d' one would be a file and a folder\n"
     "13:27: a file has no key 'contents'; did you mean 'content'?\n13:7: 'content' is missing\n"
     "13:14: '/etc/a.conf' and '/etc_a.conf' differ in nothing but '/' and '_', which a ConfigMap cannot tell apart\n"
     "14:7: 'content' is missing\n"
     "15:31: content must be a single value, not a list\n"
     "15:14: '/a b' is no path for a file: it begins with '/' and names no folder above, of letters, digits, '/', '.', '_' "
     "and '-', at most 250 of them\n"},
    {HEAD "spec: {class: MSensor, image: a}\n---\n" HEAD "spec: {class: MSensor, image: b}\n",
     "8:18: this file has two entries named 'x'\n"},
    {"apiVersion: patchbay.dev/v1\nkind: Images\nimages:\n  - {name: a/b, newName: h:5000/a/b, newTag: 2}\n", ""},
    {"apiVersion: patchbay.dev/v1\nkind: Images\nimages:\n  - {newName: a}\n  - {name: a}\n  - {name: h:5000/a:1, newTag: a/b}\n"
     "  - {name: b, newTag: 1, digest: \"sha256:0\"}\n  - {name: c, newname: d}\nspec: {}\n",
     "9:1: an Images document has no key 'spec'\n"
     "4:5: 'name' is missing\n5:5: this changes nothing: 'newName', 'newTag' or 'digest' is missing\n"
     "6:32: 'a/b' is no 'newTag' of an image\n6:12: 'h:5000/a:1' has a tag: 'name' is without, and 'newTag' says the "
     "new one\n7:34: an image has a 'newTag' or a 'digest', not both\n"
     "8:15: an image has no key 'newname'; did you mean 'newName'?\n8:5: this changes nothing: 'newName', 'newTag' or "
     "'digest' is missing\n"},
    {"a: [\n", "2:1: this is no YAML: did not find expected node content while parsing a flow node\n"},
};

START_TEST(test_faults_of)
{
    char *faults = test_catalogue_faults(rows[_i].text, strlen(rows[_i].text));
    ck_assert_msg(strcmp(faults, rows[_i].faults) == 0, "%s\nhas:\n%s\nnot:\n%s", rows[_i].text, faults, rows[_i].faults);
    free(faults);
}
END_TEST

/* A broken entry is left out; the others, and what an earlier catalogue said, stay. */
START_TEST(test_broken_entry)
{
    struct catalogue cat = {0};
    struct faults faults = {0};
    const char *first = HEAD "spec: {class: MSensor, image: first}\n";
    const char *second = HEAD "spec: {class: MSensor}\n---\napiVersion: patchbay.dev/v1\nkind: MediaThing\n"
                              "metadata: {name: y}\nspec: {class: MStorage, image: second}\n";
    catalogue_read(&cat, first, strlen(first), "one.yaml", &faults);
    catalogue_read(&cat, second, strlen(second), "two.yaml", &faults);
    ck_assert_uint_eq(faults.errors, 1);
    ck_assert_str_eq(faults.items[0].file, "two.yaml");
    ck_assert_str_eq(catalogue_find(&cat, "x")->image, "first");
    ck_assert_str_eq(catalogue_find(&cat, "y")->image, "second");
    ck_assert_str_eq(catalogue_find(&cat, "y")->origin, "two.yaml");
    ck_assert_str_eq(thing_class_name(catalogue_find(&cat, "y")->class), "MStorage");
    ck_assert_ptr_null(catalogue_find(&cat, "z"));
    /* Later ones over earlier ones. */
    const char *third = HEAD "spec: {class: MSensor, image: third}\n";
    catalogue_read(&cat, third, strlen(third), "three.yaml", &faults);
    ck_assert_str_eq(catalogue_find(&cat, "x")->image, "third");
    faults_release(&faults);
    catalogue_release(&cat);
}
END_TEST

/* As kustomize's: the registry's port is no tag, a name is a whole one, and the order of documents does not matter. */
START_TEST(test_images)
{
    static const struct {
        const char *image, *rule, *becomes;
    } images[] = {
        {"patchbay/thing:1", "{name: patchbay/thing, newName: \"reg:5000/patchbay/thing\"}", "reg:5000/patchbay/thing:1"},
        {"patchbay/thing:1", "{name: patchbay/thing, newTag: 2}", "patchbay/thing:2"},
        {"patchbay/thing", "{name: patchbay/thing, newName: a/b, newTag: 2}", "a/b:2"},
        {"reg:5000/a", "{name: \"reg:5000/a\", newName: b}", "b"},
        {"a@sha256:12", "{name: a, newName: b}", "b@sha256:12"},
        {"a:1@sha256:12", "{name: a, newTag: 2}", "a:2"},
        {"a:1", "{name: a, digest: \"sha256:34\"}", "a@sha256:34"},
        {"patchbay/thing2:1", "{name: patchbay/thing, newTag: 2}", "patchbay/thing2:1"},
        {"x/patchbay/thing:1", "{name: patchbay/thing, newTag: 2}", "x/patchbay/thing:1"},
    };
    for (size_t i = 0; i < 2 * ARRAY_SIZE(images); i++) {
        struct catalogue cat = {0};
        struct faults faults = {0};
        const char *before = images[i / 2].image, *rule = images[i / 2].rule;
        char *texts[] = {xasprintf(HEAD "spec: {class: MSensor, image: \"%s\"}\n", before),
                         xasprintf("apiVersion: patchbay.dev/v1\nkind: Images\nimages: [%s]\n", rule)};
        catalogue_read(&cat, texts[i % 2], strlen(texts[i % 2]), "one.yaml", &faults);
        catalogue_read(&cat, texts[1 - i % 2], strlen(texts[1 - i % 2]), "two.yaml", &faults);
        ck_assert_uint_eq(faults.errors, 0);
        ck_assert_str_eq(catalogue_find(&cat, "x")->image, images[i / 2].becomes);
        free(texts[0]);
        free(texts[1]);
        faults_release(&faults);
        catalogue_release(&cat);
    }
}
END_TEST

START_TEST(test_samples)
{
    const struct media_thing *detector = catalogue_find(test_catalogue(), "people-detector");
    ck_assert_str_eq(thing_class_name(detector->class), "MAnalyser");
    ck_assert(media_thing_input(detector, "video")->required);
    ck_assert_str_eq(media_thing_output(detector, "detections")->path, "/detections");
    ck_assert_ptr_null(media_thing_output(detector, "nothing"));
    ck_assert_int_eq(media_thing_input(catalogue_find(test_catalogue(), "monitor"), "detections")->max, 4);
    ck_assert_str_eq(detector->default_name, "object-detect");
    ck_assert_str_eq(catalogue_nearest(test_catalogue(), "peopledetector"), "people-detector");
    ck_assert_ptr_null(catalogue_nearest(test_catalogue(), "xyzzy"));
}
END_TEST

/* The unit stands behind the range, as one would say it. */
START_TEST(test_param_describe)
{
    static const struct {
        struct param_type_info param;
        const char *text;
    } params[] = {
        {{.type = PARAM_NUMBER, .has_min = true, .has_max = true, .min = 1, .max = 60, .unit = "frames/s"},
         "a number from 1 to 60 frames/s"},
        {{.type = PARAM_INTEGER, .has_min = true, .min = 1, .unit = "MiB"}, "a whole number of 1 MiB or more"},
        {{.type = PARAM_NUMBER, .unit = "seconds"}, "a number of seconds"},
        {{.type = PARAM_NUMBER}, "a number"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
        char text[64];
        param_describe(&params[i].param, text, sizeof text);
        ck_assert_str_eq(text, params[i].text);
    }
}
END_TEST

START_TEST(test_param_check)
{
    static const struct {
        const char *text;
        bool fine;
    } values[] = {{"0.5", true}, {"0", true}, {"1", true}, {"1.01", false}, {"-0", true}, {"", false}, {"nan", false},
                  {"inf", false}, {"0.5x", false}, {" 0.5", false}, {"1e-1", true}, {"0,5", false}};
    const struct param_type_info *param =
        media_thing_param(catalogue_find(test_catalogue(), "people-detector"), "confidence");
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        struct err err = ERR_INIT;
        ck_assert_msg((param_check(param, values[i].text, &err) == 0) == values[i].fine, "'%s': %s", values[i].text,
                      err.text);
        if (!values[i].fine)
            ck_assert_str_eq(err.text, "is not a number from 0 to 1");
    }
}
END_TEST

START_TEST(test_media_fits)
{
    ck_assert(media_fits("video/mjpeg", "video/mjpeg"));
    ck_assert(media_fits("video/MJPEG", "video/mjpeg"));
    ck_assert(media_fits("video/mjpeg", "video/*"));
    ck_assert(media_fits("video/mjpeg", "*/*"));
    ck_assert(!media_fits("video/mjpeg", "video/h264"));
    ck_assert(!media_fits("video/mjpeg", "audio/*"));
    ck_assert(!media_fits("videos/mjpeg", "video/*"));
}
END_TEST

TCase *case_catalogue(void)
{
    TCase *tc = tcase_create("catalogue");
    tcase_add_loop_test(tc, test_faults_of, 0, ARRAY_SIZE(rows));
    tcase_add_test(tc, test_broken_entry);
    tcase_add_test(tc, test_samples);
    tcase_add_test(tc, test_images);
    tcase_add_test(tc, test_param_describe);
    tcase_add_test(tc, test_param_check);
    tcase_add_test(tc, test_media_fits);
    return tc;
}
