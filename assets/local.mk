catalogdir = $(pkgdatadir)/catalog
dist_catalog_DATA = \
	assets/catalog/alarm.yaml \
	assets/catalog/ip-camera.yaml \
	assets/catalog/monitor.yaml \
	assets/catalog/motion-detector.yaml \
	assets/catalog/onnx-detector.yaml \
	assets/catalog/people-detector.yaml \
	assets/catalog/recorder.yaml
graphsdir = $(pkgdatadir)/graphs
dist_graphs_DATA = \
	assets/graphs/crossing.yaml \
	assets/graphs/dangerous-region.yaml \
	assets/graphs/digital-signs.yaml \
	assets/graphs/firefighting.yaml \
	assets/graphs/lobby.yaml \
	assets/graphs/person-tracking.yaml \
	assets/graphs/security-alert.yaml \
	assets/graphs/wall.yaml

# The container images that the catalogue names. Variables: ENGINE, BASE, REGISTRY (assets/images/build says what they are).
images:
	ENGINE='$(ENGINE)' BASE='$(BASE)' REGISTRY='$(REGISTRY)' $(srcdir)/assets/images/build
check-images:
	abs_top_srcdir='$(abs_top_srcdir)' ENGINE='$(ENGINE)' BASE='$(BASE)' $(srcdir)/tests/images.sh
.PHONY: images check-images
EXTRA_DIST += assets/images/Containerfile assets/images/Containerfile.dockerignore assets/images/build tests/images.sh

# The manual and the completions of bash and zsh, written by the program itself from the tables that do the work.
man1_MANS = assets/patchbay.1
bashcompletiondir = $(datadir)/bash-completion/completions
nodist_bashcompletion_DATA = assets/completions/patchbay
zshcompletiondir = $(datadir)/zsh/site-functions
nodist_zshcompletion_DATA = assets/completions/_patchbay
assets/patchbay.1: patchbay$(EXEEXT)
	@mkdir -p assets && ./patchbay$(EXEEXT) manual man >$@.new && mv $@.new $@
assets/completions/patchbay: patchbay$(EXEEXT)
	@mkdir -p assets/completions && ./patchbay$(EXEEXT) manual bash >$@.new && mv $@.new $@
assets/completions/_patchbay: patchbay$(EXEEXT)
	@mkdir -p assets/completions && ./patchbay$(EXEEXT) manual zsh >$@.new && mv $@.new $@
CLEANFILES += assets/patchbay.1 assets/completions/patchbay assets/completions/_patchbay
