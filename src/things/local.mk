# The media things: programs of their own. What needs no OpenCV is a library that is built, and tested, everywhere.
noinst_LIBRARIES += libthings.a
libthings_a_SOURCES = \
	src/things/detections.c src/things/detections.h \
	src/things/frame.c src/things/frame.h \
	src/things/input.c src/things/input.h \
	src/things/labels.c src/things/labels.h \
	src/things/metrics.c src/things/metrics.h \
	src/things/multipart.c src/things/multipart.h \
	src/things/output.c src/things/output.h \
	src/things/printer.c src/things/printer.h \
	src/things/recording.c src/things/recording.h \
	src/things/region.c src/things/region.h \
	src/things/rule.c src/things/rule.h \
	src/things/track.c src/things/track.h \
	src/things/worker.c src/things/worker.h \
	src/things/vision.h
things_LIBS = libthings.a -lpthread

if HAVE_OPENCV
noinst_LIBRARIES += libvision.a
libvision_a_SOURCES = \
	src/things/feed.c src/things/feed.h \
	src/things/image.hpp \
	src/things/model.cpp \
	src/things/picture.c src/things/picture.h \
	src/things/video.c src/things/video.h \
	src/things/vision.cpp
libvision_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENCV_CFLAGS) $(MEDIA_CFLAGS)
vision_LIBS = libvision.a $(OPENCV_LIBS) $(MEDIA_LIBS) -lstdc++

bin_PROGRAMS += patchbay-thing
patchbay_thing_SOURCES = \
	src/things/alarm.c \
	src/things/camera.c \
	src/things/detector.c \
	src/things/main.c \
	src/things/monitor.c \
	src/things/page.c src/things/page.h \
	src/things/snapshot.c \
	src/things/source.c src/things/source.h \
	src/things/storage.c \
	src/things/thing.c src/things/thing.h \
	src/things/web.c
patchbay_thing_LDADD = $(things_LIBS) $(vision_LIBS) $(net_LIBS) $(base_LIBS)
endif

# As in tests/local.mk: the layer whole, on those below it alone.
check_PROGRAMS += tests/layers/things
TESTS += tests/layers/things
tests_layers_things_SOURCES = tests/layers/main.c
tests_layers_things_LDADD = $(WHOLE) libthings.a $(NO_WHOLE) -lpthread $(net_LIBS) $(base_LIBS)

if HAVE_CHECK
check_PROGRAMS += tests/unit/check_things
TESTS += tests/unit/check_things
tests_unit_check_things_SOURCES = \
	tests/unit/things_main.c \
	tests/unit/things_multipart.c \
	tests/unit/things_parts.c \
	tests/unit/things_record.c \
	tests/unit/things_rules.c \
	tests/unit/things_stream.c \
	tests/unit/things_test.h
tests_unit_check_things_CPPFLAGS = $(AM_CPPFLAGS)
tests_unit_check_things_LDADD = $(things_LIBS) $(net_LIBS) $(base_LIBS) $(CHECK_LIBS)
if HAVE_OPENCV
# The real program on the real video, too.
tests_unit_check_things_SOURCES += \
	src/things/source.c \
	tests/unit/onnx_file.c tests/unit/onnx_file.h \
	tests/unit/rtsp_server.c tests/unit/rtsp_server.h \
	tests/unit/things_live.c \
	tests/unit/things_model.c \
	tests/unit/things_process.c \
	tests/unit/things_vision.c
tests_unit_check_things_CPPFLAGS += -DHAVE_VISION $(MEDIA_CFLAGS)
tests_unit_check_things_LDADD += $(vision_LIBS) $(base_LIBS)
EXTRA_tests_unit_check_things_DEPENDENCIES = patchbay-thing
endif
endif
