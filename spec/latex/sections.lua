-- SPDX-License-Identifier: GPL-2.0
-- The sections of the text: which number is where in the specification, under what label, and
-- in which of them a clause ([D12], [R7]) stands. Everything that refers to one asks here.

local BASE = 'Device Types / GPU Device'
local ATTRIBUTES = BASE .. ' / Device Operation / Map attributes'
local sides = { Device = 'device', Driver = 'driver' }

local M = { by_number = {}, home = {} }

-- Where a section of the text that has no place of its own choosing goes: a section of the
-- specification's, "Feature bits", or below our own.
local function label_of(section)
	local parent = M.by_number[section.number:match('^(%d)%.')]
	if section.number == '1' then
		return BASE .. ' / Feature bits'
	elseif section.number == '2' then
		return ATTRIBUTES
	end
	-- Underscores in labels are more than some of the specification's tools can read.
	return (parent and parent.number ~= '2' and parent.label or ATTRIBUTES) .. ' / ' ..
		section.title:gsub('_', '-')
end

-- enter HEADER: the section that begins with it. One called "Device" or "Driver" is nothing
-- but clauses, those of the section above it.
function M.enter(header)
	local number, title = pandoc.utils.stringify(header):match('^([%d.]+) (.+)$')
	assert(number, 'a heading without a number: ' .. pandoc.utils.stringify(header))
	local section = { number = number, title = title, level = header.level, side = sides[title] }
	if section.side then
		local above = M.by_number[number:match('^%d')]
		section.label, section.title, section.level = above.label, above.title, above.level
	else
		section.label = label_of(section)
	end
	M.by_number[number] = section
	return section
end

-- The number and side of a clause by its id, and its text without it; nil if it has none.
function M.clause(inlines)
	local letter, id = inlines[1].text:match('^%[(([DR])%d+)%]$')
	letter, id = id, letter
	if not id then return nil end
	local rest = pandoc.Inlines {}
	for i = 3, #inlines do rest:insert(inlines[i]) end
	return id, letter == 'D' and 'device' or 'driver', rest
end

-- normative SECTION, SIDE: the label of its clauses.
function M.normative(section, side)
	return side .. 'normative:' .. section.label
end

-- label NUMBER: what \ref has to name for it; nil if it is no section.
function M.label(number)
	local section = M.by_number[number]
	if not section then return nil end
	if section.side then return M.normative(section, section.side) end
	return 'sec:' .. section.label
end

return M
