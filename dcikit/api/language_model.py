"""A language model that is asked, behind a server or in this process, and how much it may be asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from dcikit.captions import Budget, ChatServer, Dispatcher
from dcikit.captions.request import ChatModel
from dcikit.captions.workers import Workers


@dataclass(frozen=True)
class LanguageModel:
    """Which model, and how it is asked.

    Attributes:
        name: the model's name on the server; without a server, a Hub id or folder.
        url: of an OpenAI-compatible server; None: transformers runs the model in this process.
        revision: of a model on the Hub that runs in this process; None: the newest.
        key: the server's API key.
        temperature: of the sampling.
        timeout: seconds for one answer.
        concurrency: requests in flight.
        retries: of a request that failed in a way that may pass.
        budget: what may be spent.
    """

    name: str
    url: str | None = None
    revision: str | None = None
    key: str | None = field(default=None, repr=False)
    temperature: float = 0.7
    timeout: float = 120.0
    concurrency: int = 16
    retries: int = 5
    budget: Budget = Budget()  # noqa: RUF009 - frozen

    def client(self, *, sees: bool = False) -> Dispatcher:
        """The way to it; a model that `sees` is asked about images.

        Raises:
            ArgumentError, ModelError: if there is no such server address, or the model cannot be loaded.
        """
        return Dispatcher(self._model(sees), concurrency=self.concurrency, retries=self.retries, budget=self.budget)

    def workers(self, client: Dispatcher, *, sees: bool = False) -> Workers:
        """Workers of Ray that each have a way of their own to the model of `client`, in the same revision."""
        revision = client.model.identity.get("revision") or self.revision
        return Workers(partial(replace(self, revision=revision).client, sees=sees))

    def _model(self, sees: bool) -> ChatModel:
        if self.url is not None:
            return ChatServer(
                self.url,
                self.name,
                api_key=self.key,
                temperature=self.temperature,
                timeout=self.timeout,
                concurrency=self.concurrency,
            )
        if sees:
            from dcikit.captions.local_vision_model import LocalVisionModel

            return LocalVisionModel(self.name, temperature=self.temperature, revision=self.revision)
        from dcikit.captions.local_model import LocalModel

        return LocalModel(self.name, temperature=self.temperature, revision=self.revision)
