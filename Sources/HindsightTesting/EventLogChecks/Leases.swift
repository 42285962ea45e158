import HindsightCore

extension EventLogCheck {
    static let leases: [EventLogCheck] = [
        EventLogCheck("A lease is one holder's until its time has run out") { check in
            let lease = try await check.acquire("saga", by: "one")
            try expectEqual(lease?.expiresAt, LogUnderCheck.start.advanced(by: .seconds(10)), "expiry")
            try expectEqual(try await check.acquire("saga", by: "two"), nil, "lease of a second holder")
            check.clock.move(by: .seconds(9))
            try expectEqual(try await check.acquire("saga", by: "two"), nil, "lease just before the end")
            try expect(try await check.acquire("other", by: "two") != nil, "another name is free")
            check.clock.move(by: .seconds(1))
            try expectEqual(try await check.acquire("saga", by: "two")?.holder, "two", "holder after the time has run out")
        },
        EventLogCheck("A holder prolongs its lease under the same epoch") { check in
            let first = try await check.acquire("saga", by: "one")
            check.clock.move(by: .seconds(6))
            let second = try await check.acquire("saga", by: "one")
            try expectEqual(second?.epoch, first?.epoch, "epoch")
            try expectEqual(second?.expiresAt, LogUnderCheck.start.advanced(by: .seconds(16)), "expiry")
            check.clock.move(by: .seconds(6))
            try expectEqual(try await check.acquire("saga", by: "two"), nil, "lease of a second holder")
        },
        EventLogCheck("The epoch grows with every change of holder and never falls") { check in
            var epochs: [Int64] = []
            for holder in ["one", "two", "one", "three"] {
                epochs.append(try await check.acquire("saga", by: holder)?.epoch ?? 0)
                check.clock.move(by: .seconds(10))
            }
            guard let lease = try await check.acquire("saga", by: "three") else { throw CheckFailure("the lease is not prolonged") }
            try await check.log.releaseLease(lease)
            epochs.append(try await check.acquire("saga", by: "three")?.epoch ?? 0)
            try expectEqual(epochs, [1, 2, 3, 4, 5], "epochs")
        },
        EventLogCheck("A lease may be taken from a holder that is known to be dead") { check in
            let dead = try await check.acquire("saga", by: "one")
            let lease = try await check.log.acquireLease("saga", holder: "two", for: .seconds(10), supersedes: true)
            try expectEqual(lease?.holder, "two", "holder")
            try expectEqual(lease?.epoch, (dead?.epoch ?? 0) + 1, "epoch")
            try expectEqual(try await check.acquire("saga", by: "one"), nil, "lease of the former holder")
        },
        EventLogCheck("A lease given back is free at once, and only its holder can give it back") { check in
            guard let old = try await check.acquire("saga", by: "one") else { throw CheckFailure("a free lease is refused") }
            check.clock.move(by: .seconds(10))
            guard let lease = try await check.acquire("saga", by: "two") else { throw CheckFailure("a free lease is refused") }
            try await check.log.releaseLease(old)
            try expectEqual(try await check.acquire("saga", by: "three"), nil, "lease after a former holder gave it back")
            try await check.log.releaseLease(lease)
            try expectEqual(try await check.acquire("saga", by: "three")?.holder, "three", "holder after it was given back")
        },
        EventLogCheck("An append with a fence is stored while the lease has not passed on, and refused from then on") { check in
            func append(_ fence: Fence) async throws -> AppendReceipt {
                try await check.log.append(Append([StreamWrite(try check.events(1), to: try StreamName("saga-1"))], fence: fence))
            }
            guard let first = try await check.acquire("saga", by: "one") else { throw CheckFailure("a free lease is refused") }
            _ = try await append(first.fence)
            check.clock.move(by: .seconds(60))
            _ = try await append(first.fence)
            guard let second = try await check.acquire("saga", by: "two") else { throw CheckFailure("a free lease is refused") }
            try await expectRefusal("a former holder", .fenced(lease: "saga", epoch: first.epoch)) { try await append(first.fence) }
            _ = try await append(second.fence)
            try await check.log.releaseLease(second)
            try await expectRefusal("a lease given back", .fenced(lease: "saga", epoch: second.epoch)) { try await append(second.fence) }
            try await expectRefusal("an unknown lease", .fenced(lease: "none", epoch: 0)) {
                try await append(Fence(lease: "none", epoch: 0))
            }
            try expectEqual(try await check.head(), 3, "head")
        },
        EventLogCheck("Several leases are taken in one step, without those that another holds") { check in
            _ = try await check.acquire("b", by: "one")
            let taken = try await check.log.acquireLeases(["c", "b", "a"], holder: "two", for: .seconds(10), supersedes: false)
            try expectEqual(taken.map(\.name), ["c", "a"], "leases that were free")
            try await check.log.releaseLeases(taken)
            try expectEqual(try await check.acquire("a", by: "one")?.epoch, 2, "epoch after it was given back")
        },
        EventLogCheck("Whoever asks sees who holds which lease, also one whose time has run out") { check in
            try expectEqual(try await check.log.leases(), [], "leases of a new log")
            let first = try await check.acquire("b", by: "one")
            let second = try await check.acquire("a", by: "two")
            check.clock.move(by: .seconds(60))
            try expectEqual(try await check.log.leases(), [second, first].compactMap(\.self), "leases")
            if let first { try await check.log.releaseLease(first) }
            try expectEqual(try await check.log.leases().map(\.name), ["a"], "leases after one was given back")
        },
        EventLogCheck("Leases leave no trace in the log") { check in
            _ = try await check.acquire("saga", by: "one")
            try expectEqual(try await check.log.head(), .empty, "head")
            try expectEqual(try await check.log.streamCount(), 0, "streams")
        },
    ]
}

extension LogUnderCheck {
    fileprivate func acquire(_ name: String, by holder: String) async throws -> Lease? {
        try await log.acquireLease(name, holder: holder, for: .seconds(10), supersedes: false)
    }
}

extension CheckFailure {
    fileprivate init(_ reason: String, file: String = #fileID, line: UInt = #line) {
        self.init(reason: reason, file: file, line: line)
    }
}
