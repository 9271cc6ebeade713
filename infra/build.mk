# The Lambda layers. SAM runs these with ARTIFACTS_DIR set; `sam build` is what to type.

ARCHITECTURE ?= arm64
UV ?= uv
# The layers' bytecode is only of use to the interpreter that Lambda runs.
PYTHON_FOR_LAMBDA ?= $(or $(PYTHON_313),python3.13)

# Lambda's Python 3.13 stands on Amazon Linux 2023, whose glibc is 2.34.
LAMBDA_PLATFORM_arm64 := aarch64-manylinux_2_28
LAMBDA_PLATFORM_x86_64 := x86_64-manylinux_2_28

# Wheels only, all of them pinned by hash; command-line scripts have no use in a layer.
define install_for_lambda
	$(if $(LAMBDA_PLATFORM_$(ARCHITECTURE)),,$(error ARCHITECTURE must be arm64 or x86_64))
	$(UV) pip install --quiet --target "$(ARTIFACTS_DIR)/python" --requirement $(1) \
	  --python-platform $(LAMBDA_PLATFORM_$(ARCHITECTURE)) --python-version 3.13 \
	  --only-binary :all: --require-hashes --link-mode copy
	rm -rf "$(ARTIFACTS_DIR)/python/bin"
endef

# Lambda cannot write bytecode beside the sources, so each cold start would compile them anew. unchecked-hash: a zip
# does not keep the times that Python would compare. Tracebacks then name /opt, where the layer will be.
define compile_for_lambda
	$(PYTHON_FOR_LAMBDA) -m compileall -q -j 0 --invalidation-mode unchecked-hash \
	  -s "$(ARTIFACTS_DIR)" -p /opt "$(ARTIFACTS_DIR)/python"
endef

.PHONY: build-SharedLayer build-TokensLayer build-DeliveryLayer

build-SharedLayer:
	$(call install_for_lambda,requirements/runtime.txt)
	cp -R shared "$(ARTIFACTS_DIR)/python/shared"
	rm -rf "$(ARTIFACTS_DIR)/python/shared/authoring"
	find "$(ARTIFACTS_DIR)/python/shared" -name __main__.py -delete
	find "$(ARTIFACTS_DIR)/python/shared" -name __pycache__ -prune -exec rm -rf {} +
	$(call compile_for_lambda)

build-TokensLayer:
	$(call install_for_lambda,requirements/tokens.txt)
	$(call compile_for_lambda)

# reportlab imports Pillow whether or not there is a picture: what reads formats that no report holds is left out.
build-DeliveryLayer:
	$(call install_for_lambda,requirements/delivery.txt)
	cd "$(ARTIFACTS_DIR)/python" && rm -rf charset_normalizer* PIL/_avif* PIL/_webp* PIL/_imagingft* PIL/_imagingcms* \
	  pillow.libs/libavif* pillow.libs/libwebp* pillow.libs/libharfbuzz* pillow.libs/libfreetype* pillow.libs/liblcms2* \
	  pillow.libs/libbrotli* pillow.libs/libpng16* pillow.libs/libsharpyuv*
	$(call compile_for_lambda)
