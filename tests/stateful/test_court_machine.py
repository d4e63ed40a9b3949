"""Court beside the reference model, in random histories."""

from tests.stateful.court_machine import CourtMachine

TestCourtMachine = CourtMachine.TestCase
