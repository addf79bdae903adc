/* gallery: the dashboard on a scripted scene, to look at its views, and for the tests of the terminal itself.
 * gallery [SCENE [VIEW]]; `crash` as a third word ends it by a signal of its own once it is on the screen. */
#include "ui/dashboard.h"

#include <signal.h>

#include "base/time.h"
#include "tests/screen/scene.h"

static void on_crash(void *data UNUSED)
{
    raise(SIGSEGV);
}

int main(int argc, char **argv)
{
    struct loop *loop = loop_new(NULL);
    const char *name = argc > 1 ? argv[1] : "lobby";
    struct scene *scene = scene_new(loop, name, time_wall());
    if (!scene) {
        fprintf(stderr, "gallery: there is no scene '%s'; there are:", name);
        for (size_t i = 0; scene_names[i]; i++)
            fprintf(stderr, " %s", scene_names[i]);
        fputs("\n", stderr);
        loop_free(loop);
        return 2;
    }
    struct loop_timer crash;
    loop_timer_init(&crash, loop, on_crash, NULL);
    if (argc > 3 && str_eq(argv[3], "crash"))
        loop_timer_start(&crash, 200 * NSEC_PER_MSEC);
    struct err err = ERR_INIT;
    int status = dashboard_run(&scene->model, &(struct dashboard_options){.view = argc > 2 ? argv[2] : "pods"}, &err);
    if (err_is_set(&err))
        fprintf(stderr, "gallery: %s\n", err.text);
    loop_timer_stop(&crash);
    scene_free(scene);
    loop_free(loop);
    return status;
}
