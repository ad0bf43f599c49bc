"""docs/migrating-from-php.md, played: its PHP worker on a real cluster, its Python worker beside it, over, and back."""

import time

import php_cluster
import pytest
from migration import Guest, Stage, Talk, all_talk


@pytest.fixture(params=["a secret", "no secret"])
def stage(request, tmp_path, api):
    """The page's PHP system, as it is before anything changes."""
    why = php_cluster.why_not_here()
    if why:
        pytest.skip(f"GatewayWorker is not here: {why}")
    cluster = php_cluster.PhpCluster(tmp_path, "s3cret \u7528" if request.param == "a secret" else "")
    stage = None
    try:
        cluster.start_without_worker()
        stage = Stage(cluster, api, tmp_path)
        stage.start_php()
        yield stage
        assert stage.php_said() == []
    finally:
        if stage:
            stage.close()
        cluster.stop()


with_secret = pytest.mark.parametrize("stage", ["a secret"], indirect=True)


def test_the_cut_over_and_the_ways_back(stage):
    """In the page's order; the same people are connected all the time."""
    ann, bob = Guest(stage, "a", "7", "Ann"), Guest(stage, "b", "42", "B\u00f6b \u7528\u6237")
    guests = [ann, bob]
    assert all_talk(stage, guests, "before") == guests

    # 1. Both at once: who is there stays with PHP, new ones go to the worker with the fewest clients.
    stage.start_ours()
    cat, dan = Guest(stage, "a", "cat"), Guest(stage, "b", "0815", "Dan")
    guests += [cat, dan]
    assert all_talk(stage, guests, "side by side") == [ann, bob]
    (worker,) = stage.workers()
    stage.rename(ann, "Anna", by="gatewayd")
    stage.rename(cat, "Cat", by="php")
    assert all_talk(stage, guests, "renamed") == [ann, bob]
    assert worker.worker_name == "events" and worker.clients == 2 and worker.events_acknowledged

    # 2. Back: PHP reads the sessions that Python wrote.
    stage.stop_ours()
    assert all_talk(stage, guests, "gone back") == guests
    dan.close()
    guests.remove(dan)
    for guest in guests:
        guest.hears("Dan has left")

    # 1 again, and 3: Python reads the sessions that PHP wrote.
    stage.start_ours()
    eve = Guest(stage, "b", "eve", "Eve")
    guests.append(eve)
    assert all_talk(stage, guests, "again") == [ann, bob, cat]
    stage.stop_php()
    assert all_talk(stage, guests, "without PHP") == []
    fay = Guest(stage, "a", "fay", "Fay")
    guests.append(fay)
    ann.close()
    guests.remove(ann)
    for guest in guests:
        guest.hears("Anna has left")
    assert all_talk(stage, guests, "without Anna") == []

    # 4. Back: PHP first, then ours away.
    stage.start_php()
    gus = Guest(stage, "a", "gus", "Gus")
    guests.append(gus)
    assert all_talk(stage, guests, "PHP is back") == [gus]
    stage.stop_ours()
    assert all_talk(stage, guests, "as before") == guests


@with_secret
def test_nothing_is_lost_but_what_a_php_worker_has_not_read(stage):
    """People talk through every step of the page."""
    guests = [Guest(stage, "a", "1", "Ann"), Guest(stage, "b", "2", "Bob")]
    with Talk(guests) as talk:
        stage.start_ours()
    talk.check()

    guests += [Guest(stage, "a", "3", "Cat"), Guest(stage, "b", "4", "Dan")]
    with Talk(guests) as talk:
        stage.stop_ours()
    talk.check()

    stage.start_ours()
    with Talk(guests) as talk:
        begin = time.monotonic()
        stage.stop_php()
        end = time.monotonic()
    lost, said = talk.check(may_be_lost=(begin, end))
    print(f"lost where PHP stopped: {lost} of {said}")
    assert lost < said / 2, "stopping takes a second; what is lost was on its way at its end (10 ms, on a machine that has time)"
    assert all_talk(stage, guests, "still here") == []

    with Talk(guests) as talk:
        stage.start_php()
        stage.stop_ours()
    talk.check()
    assert all_talk(stage, guests, "as before") == guests


@with_secret
def test_what_the_page_warns_of(stage):
    ann, bob = guests = [Guest(stage, "a", "1", "Ann"), Guest(stage, "b", "2", "Bob")]

    # `stop -g` waits for the links to the Gateways, and the worker works on; `stop` ends both.
    graceful = stage.cluster.stop_businessworker_gracefully("php")
    assert all_talk(stage, guests, "after stop -g") == guests
    assert graceful.poll() is None
    stage.start_ours()
    stage.stop_php()
    assert graceful.wait(10) == 0
    assert all_talk(stage, guests, "after stop") == []

    # Ours away before PHP is there: a client is closed when it says something. The others are not.
    stage.stop_ours()
    ann.say("is anybody there?")
    assert ann.wait_for(lambda got, closed: closed)
    stage.start_php()
    assert all_talk(stage, [bob], "PHP is back") == [bob]
