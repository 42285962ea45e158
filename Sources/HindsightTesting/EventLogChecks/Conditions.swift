import HindsightCore

extension EventLogCheck {
    static let conditions: [EventLogCheck] = [
        EventLogCheck("A condition fails on exactly the events that its query matches after its position") { check in
            let stream = try StreamName("course-1")
            // Positions 1…4.
            try await check.append([check.event("a", tags: ["x:1"]), check.event("b", tags: ["x:1", "y:1"])], to: "course-1")
            try await check.append([check.event("a", tags: ["y:2"]), check.event("c")], to: "course-2")
            let (x1, y1, y2) = (try Tag("x:1"), try Tag("y:1"), try Tag("y:2"))
            let table: [(items: [EventQuery.Item], after: Position, contradiction: Position?)] = [
                ([.init(types: ["a"])], 0, 1), ([.init(types: ["a"])], 1, 3), ([.init(types: ["a"])], 3, nil),
                ([.init(types: ["b", "c"])], 0, 2), ([.init(types: ["b", "c"])], 2, 4), ([.init(tags: [x1])], 0, 1),
                ([.init(tags: [x1, y1])], 0, 2), ([.init(tags: [y1, x1, y1])], 0, 2), ([.init(tags: [x1, y2])], 0, nil),
                ([.init(types: ["a"], tags: [y1])], 0, nil), ([.init(types: ["a", "b"], tags: [y1])], 0, 2),
                ([.init(types: ["c"]), .init(tags: [y2])], 0, 3), ([.init(types: ["zz"]), .init(tags: [y2])], 0, 3),
                ([.init()], 0, 1), ([.init()], 3, 4), ([.init()], 4, nil), ([.init()], 99, nil), ([.init(types: ["zz"]), .init()], 2, 3),
                ([.init(types: ["zz"])], 0, nil), ([.init(tags: [try Tag("zz:1")])], 0, nil),
            ]
            for row in table {
                let condition = AppendCondition(noneMatching: EventQuery(row.items), after: row.after)
                let head = try await check.head()
                // What the attempt itself would add must match none of the rows.
                let batch = Append([StreamWrite([try check.event("neutral")], to: stream)], condition: condition)
                if let position = row.contradiction {
                    try await expectRefusal("\(row)", .conditionFailed(position: position)) { try await check.log.append(batch) }
                    try expectEqual(try await check.head(), head, "head after a refusal")
                } else if row.after <= head, row.items != [.init()] {
                    try expectEqual(try await check.log.append(batch).firstPosition, head + 1, "position for \(row)")
                }
            }
        },
        EventLogCheck("A condition with an empty item fails on any event after its position, and on none before") { check in
            let stream = try StreamName("course-1")
            func append(after position: Position) async throws -> AppendReceipt {
                let condition = AppendCondition(noneMatching: EventQuery([.init()]), after: position)
                return try await check.log.append(Append([StreamWrite(try check.events(1), to: stream)], condition: condition))
            }
            _ = try await append(after: 0)
            _ = try await append(after: 1)
            try await expectRefusal("a stale position", .conditionFailed(position: 2)) { try await append(after: 1) }
            _ = try await append(after: 1_000)
        },
        EventLogCheck("A condition without items is refused") { check in
            let condition = AppendCondition(noneMatching: EventQuery([]), after: 0)
            let batch = Append([StreamWrite(try check.events(1), to: try StreamName("course-1"))], condition: condition)
            try await expectRefusal("no items", { if case .invalid(field: "condition", _) = $0 { true } else { false } }) {
                try await check.log.append(batch)
            }
        },
        EventLogCheck("Of decisions on the same condition at the same time one is stored") { check in
            let condition = AppendCondition(noneMatching: EventQuery([.init(types: ["seat.taken"], tags: [try Tag("seat:1")])]), after: 0)
            let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    let event = try check.event("seat.taken", tags: ["seat:1"])
                    let batch = Append([StreamWrite([event], to: try StreamName("visitor-\(number)"))], condition: condition)
                    group.addTask {
                        do {
                            _ = try await check.log.append(batch)
                            return 1
                        } catch EventLogError.conditionFailed(position: 1) {
                            return 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            try expectEqual(accepted, 1, "accepted decisions")
            try expectEqual(try await check.head(), 1, "head")
        },
    ]
}
