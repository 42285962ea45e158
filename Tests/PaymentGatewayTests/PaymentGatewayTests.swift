import AsyncHTTPClient
import Foundation
import Testing

@Suite("Payment gateway") struct PaymentGatewayTests {
    @Test("A repeat gets the stored answer, and the key is charged once") func repeats() async throws {
        try await withFolder { folder in
            let gateway = try await RunningGateway(state: folder, "--drop-rate", "0", "--drop-before-rate", "0")
            let first = try await gateway.charge("k-1")
            for _ in 0..<5 {
                let again = try await gateway.charge("k-1")
                #expect(again.isReplay && again.status == first.status && again.bytes == first.bytes)
            }
            #expect(!first.isReplay)
            #expect(try gateway.chargesByKey() == ["k-1": 1])
            #expect(try gateway.journal().count { $0["kind"] == "replay" } == 5)
        }
    }

    @Test("Requests that race under one key are charged once, and the late one hears 409") func races() async throws {
        try await withFolder { folder in
            let gateway = try await RunningGateway(
                state: folder, "--drop-rate", "0", "--drop-before-rate", "0", "--failure-rate", "0", "--pending-rate", "0", "--latency",
                "1000")
            async let one = gateway.charge("k-1")
            async let other = gateway.charge("k-1")
            #expect(try await [one.status, other.status].sorted() == [200, 409])
            #expect(try gateway.chargesByKey() == ["k-1": 1])
        }
    }

    @Test("An answer lost after acting leaves a charge to be looked up") func losesAnswer() async throws {
        try await withFolder { folder in
            let gateway = try await RunningGateway(state: folder, "--drop-rate", "1000", "--drop-before-rate", "0")
            await #expect(throws: HTTPClientError.self) { try await gateway.charge("k-1") }
            let found = try await gateway.get("/v1/charges?key=k-1")
            #expect(found.status == 200 && found.json["idempotencyKey"] == "k-1")
            let byIdentifier = try await gateway.get("/v1/charges/\(found.json["id"] ?? "")")
            #expect(byIdentifier.bytes == found.bytes)
            let again = try await gateway.charge("k-1")
            #expect(again.isReplay && again.json["id"] == found.json["id"])
            #expect(try gateway.chargesByKey() == ["k-1": 1])
        }
    }

    @Test("A connection lost before acting charges nothing, once only, even across a restart") func losesRequest() async throws {
        try await withFolder { folder in
            let gateway = try await RunningGateway(state: folder, "--drop-rate", "0", "--drop-before-rate", "1000")
            await #expect(throws: HTTPClientError.self) { try await gateway.charge("k-1") }
            #expect(try await gateway.get("/v1/charges?key=k-1").status == 404)
            await gateway.killAtOnce()

            let next = try await RunningGateway(state: folder, "--drop-rate", "0", "--drop-before-rate", "1000")
            #expect(try await next.charge("k-1").isReplay == false)
            #expect(try next.chargesByKey() == ["k-1": 1])
        }
    }

    @Test("Other bytes under a known key are refused") func refusesOtherBytes() async throws {
        try await withFolder { folder in
            let gateway = try await RunningGateway(state: folder, "--drop-rate", "0", "--drop-before-rate", "0")
            _ = try await gateway.charge("k-1", amountMinor: 999)
            #expect(try await gateway.charge("k-1", amountMinor: 1000).status == 422)
            #expect(try gateway.chargesByKey() == ["k-1": 1])
        }
    }

    @Test("Two gateways with one seed answer alike, whatever the order") func answersBySeed() async throws {
        try await withFolder { folder in
            let orders = (1...40).flatMap { invoice in (1...3).map { attempt in (invoice, attempt) } }
            var answers: [[String: String]] = []
            for (name, orders) in [("forwards", orders), ("backwards", orders.reversed())] {
                let gateway = try await RunningGateway(
                    state: folder.appending(path: name), "--seed", "11", "--drop-rate", "0", "--drop-before-rate", "0")
                var bytes: [String: String] = [:]
                for (invoice, attempt) in orders {
                    let key = "inv-\(invoice)/\(attempt)"
                    bytes[key] = try await gateway.charge(key, invoice: "inv-\(invoice)", attempt: attempt).bytes
                }
                answers.append(bytes)
            }
            #expect(answers[0] == answers[1])
        }
    }

    @Test("A gateway killed under load remembers every key it acted on") func survivesKill() async throws {
        try await withFolder { folder in
            let gateway = try await RunningGateway(state: folder, "--seed", "3")
            let answered = await withTaskGroup(of: (String, String)?.self) { group in
                for invoice in 0..<200 {
                    group.addTask {
                        do {
                            return ("k-\(invoice)", try await gateway.charge("k-\(invoice)", invoice: "inv-\(invoice)").bytes)
                        } catch {
                            return nil  // cut off by the kill, or lost by the gateway: an answer that isn't known
                        }
                    }
                }
                var answered: [String: String] = [:]
                for await case (let key, let bytes)? in group {
                    answered[key] = bytes
                    if answered.count == 60 {
                        await gateway.killAtOnce()
                        group.cancelAll()  // the client would go on knocking at the closed door for a minute
                    }
                }
                return answered
            }
            #expect(answered.count >= 60)
            try Data("{\"seq\":9".utf8).append(to: folder.appending(path: "journal.ndjson"))

            let next = try await RunningGateway(state: folder, "--seed", "3", "--drop-rate", "0", "--drop-before-rate", "0")
            for invoice in 0..<200 {
                let again = try await next.charge("k-\(invoice)", invoice: "inv-\(invoice)")
                if let bytes = answered["k-\(invoice)"] { #expect(again.isReplay && again.bytes == bytes) }
            }
            let charges = try next.chargesByKey()
            #expect(charges.count == 200 && charges.values.allSatisfy { $0 == 1 })
            #expect(try await next.get("/v1/summary").json["invoicesPaidTwice"] == "0")
        }
    }

    @Test(
        "A bad request names its field",
        arguments: [
            (#"{"attempt":1}"#, "invoice"), (#"{"invoice":7}"#, "invoice"), ("{", "body"), ("[]", "body"),
            (
                #"{"invoice":"i","attempt":0,"customer":"c","paymentMethod":"p","amountMinor":1,"currency":"EUR","at":"2026-01-01T00:00:00Z"}"#,
                "attempt"
            ),
            (
                #"{"invoice":"i","attempt":1,"customer":"c","paymentMethod":"p","amountMinor":1.5,"currency":"EUR","at":"2026-01-01T00:00:00Z"}"#,
                "amountMinor"
            ),
            (
                #"{"invoice":"i","attempt":1,"customer":"c","paymentMethod":"p","amountMinor":1,"currency":"eur","at":"2026-01-01T00:00:00Z"}"#,
                "currency"
            ),
            (#"{"invoice":"i","attempt":1,"customer":"c","paymentMethod":"p","amountMinor":1,"currency":"EUR","at":"tomorrow"}"#, "at"),
        ])
    func refuses(body: String, field: String) async throws {
        try await withFolder { folder in
            let gateway = try await RunningGateway(state: folder)
            let answer = try await gateway.post(body, key: "k-1")
            #expect(answer.status == 400 && answer.json["field"] == field)
            #expect(try await gateway.post(body, key: nil).json["field"] == "Idempotency-Key")
            #expect(try gateway.chargesByKey().isEmpty)
        }
    }

    @Test("With credentials only the right token is heard") func authenticates() async throws {
        try await withFolder { folder in
            let credentials = folder.appending(path: "credentials.json")
            try Data(#"{"token":"s3cret"}"#.utf8).write(to: credentials)
            let gateway = try await RunningGateway(
                state: folder, "--credentials", credentials.path, "--drop-rate", "0", "--drop-before-rate", "0")
            #expect(try await gateway.charge("k-1").status == 401)
            #expect(try await gateway.charge("k-1", token: "guess").status == 401)
            #expect(try await gateway.get("/v1/summary").status == 401)
            #expect(try await gateway.charge("k-1", token: "s3cret").status != 401)
        }
    }

    @Test("The gateway ends with its parent, also while connections are open") func endsWithParent() async throws {
        try await withFolder { folder in
            let gateway = try await RunningGateway(state: folder)
            _ = try await gateway.get("/v1/summary")
            #expect(try await gateway.leaveAlone().code == 0)
        }
    }

    @Test("A journal in use, of another seed or damaged keeps a gateway from starting, in one line") func refusesJournals() async throws {
        try await withFolder { folder in
            let gateway = try await RunningGateway(state: folder, "--seed", "1")
            try await expectRefusal(of: folder, saying: "another gateway is writing here")
            _ = try await gateway.leaveAlone()
            try await expectRefusal(of: folder, saying: "begun with seed 1")
            try Data("{\"seq\":1}\n".utf8).write(to: folder.appending(path: "journal.ndjson"))
            try await expectRefusal(of: folder, saying: "line 1 is damaged")
        }
    }

    private func expectRefusal(of folder: URL, saying reason: String) async throws {
        let error = await #expect(throws: RunningGateway.NoPort.self) { try await RunningGateway(state: folder, "--seed", "2") }
        let ending = try #require(error).ending
        #expect(ending.code == 1 && ending.errors.contains(reason) && ending.errors.split(separator: "\n").count == 1)
    }
}

extension Data {
    fileprivate func append(to file: URL) throws {
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        try handle.write(contentsOf: self)
        try handle.close()
    }
}
