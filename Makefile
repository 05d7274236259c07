# Uketsuke (受付). `make run` and `make test` are the whole set-up; `make help` lists the rest.

.DEFAULT_GOAL := help
.PHONY: help run test build deps deps-test check deny samples clean-var

# Override on the command line, for example: make run LISTEN=127.0.0.1:9000 VAR=/srv/uketsuke
CONFIG ?= config/uketsuke.toml
LISTEN ?=
VAR    ?=

# cargo installed by rustup is found even when this shell does not have it on its PATH.
export PATH := $(PATH):$(HOME)/.cargo/bin

SERVE := target/release/uketsuke serve --config $(CONFIG) --samples samples $(if $(VAR),--var "$(VAR)") $(if $(LISTEN),--listen "$(LISTEN)")

help: ## この一覧 / this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: deps build ## 準備し、ビルドし、見本つきで起動する / set up, build, start with the samples
	@exec $(SERVE)

test: deps-test ## すべての試験 / every test
	cargo test --release --locked

build: ## リリースビルド / release build
	cargo build --release --locked

deps: ## 実行に必要なパッケージ / packages needed to build and run
	@tools/setup/deps.sh run

deps-test: ## 試験にも必要なパッケージ / packages the tests need as well
	@tools/setup/deps.sh test

check: deps-test deny ## 書式・clippy・文書・ライセンス / format, lints, docs, licences
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked
	python3 tools/samples/check.py samples

deny: ## クレートのライセンスと出所 / licences and sources of the crates
	@tools/setup/deny.sh

samples: ## 見本を作り直す (同じ種なら同じ内容) / make the samples again, byte for byte
	@tools/setup/deps.sh samples
	/usr/bin/python3 tools/samples/make.py --out samples

manual: ## 手引きの絵を、直前の試験の画面から作り直す / pictures of the manual from the screens of the last test run
	@tools/manual/pictures.sh

clean-var: ## 実行時のデータを消す / delete what `make run` stored
	rm -rf "$(if $(VAR),$(VAR),var)"
