import HindsightApp
import HindsightCore
import Testing

@Suite("The way to the gateway") struct GatewayDoorTests {
    private struct Gateway: EffectPerformer {
        func peer(of kind: String) -> Peer { Peer(name: "a gateway", keys: .honoured(for: nil)) }
        func perform(_ intent: EffectIntent) async -> EffectOutcome { .succeeded(["charge": "ch-1"]) }
        func lookUp(_ intent: EffectIntent) async -> LookUp { .absent }
    }

    private let intent = EffectIntent(
        saga: "collect", instance: "i1", kind: "charge", key: "i1:1", attempt: 1, request: [:],
        deadline: Timestamp(microsecondsSince1970: 0))

    @Test("While it is shut nothing is charged and nothing is known, for the reason that was given; once open, the gateway answers")
    func shutAndOpen() async {
        let door = GatewayDoor()
        guard case .notDone = await door.perform(intent) else {
            Issue.record("it was open before anybody had opened it")
            return
        }
        #expect(door.peer(of: "charge").keys == .ignored)
        door.shut(because: "/etc/gateway.json: it can't be read")
        #expect(await door.perform(intent) == .notDone(reason: "/etc/gateway.json: it can't be read"))
        #expect(await door.lookUp(intent) == .unknown(reason: "/etc/gateway.json: it can't be read"))
        door.open(to: Gateway())
        #expect(await door.perform(intent) == .succeeded(["charge": "ch-1"]))
        #expect(await door.lookUp(intent) == .absent)
        #expect(door.peer(of: "charge").name == "a gateway")
    }

    @Test("Whoever waits for the first try goes on whichever way it ended, before or after", arguments: [true, false])
    func firstTry(opens: Bool) async {
        for waitsFirst in [true, false] {
            let door = GatewayDoor()
            @Sendable func attempt() { if opens { door.open(to: Gateway()) } else { door.shut(because: "it is away") } }
            if !waitsFirst { attempt() }
            async let waiting: Void = door.waitForFirstTry()
            if waitsFirst { attempt() }
            await waiting
            #expect((door.peer(of: "charge").name == "a gateway") == opens)
        }
    }
}
