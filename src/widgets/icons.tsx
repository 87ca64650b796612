/** Icons, drawn in the colour of the text beside them. */

import type { ComponentChildren } from 'preact';
import type { IDim } from '../model/dataset';
import type { NodeKind } from '../model/tree';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="usid-icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.3"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

function FolderIcon() {
  return (
    <Icon>
      <path d="M1.5 12.5v-9h4.3l1.4 1.8h7.3v7.2z" />
    </Icon>
  );
}

/** A map beside a spectrum. */
function MainIcon() {
  return (
    <Icon>
      <rect x="1.5" y="2.5" width="13" height="11" rx="1" />
      <path d="M1.5 8h5.5V2.5M7 8v5.5" />
      <path d="M8.5 11.5c1.4 0 1.4-5.5 2.4-5.5s1 5.5 2.6 5.5" />
    </Icon>
  );
}

function DatasetIcon() {
  return (
    <Icon>
      <rect x="2" y="2.5" width="12" height="11" rx="1" />
      <path d="M2 6.2h12M2 9.9h12M6 2.5v11M10 2.5v11" />
    </Icon>
  );
}

/** A ruler: positions and spectroscopic values. */
function AncillaryIcon() {
  return (
    <Icon>
      <rect x="1.5" y="5.5" width="13" height="5" rx="0.8" />
      <path d="M4.5 5.5v2M7 5.5v2.8M9.5 5.5v2M12 5.5v2.8" />
    </Icon>
  );
}

function LinkIcon() {
  return (
    <Icon>
      <path d="M6.5 9.5l3-3M7 5l1.6-1.6a2.8 2.8 0 0 1 4 4L11 9M9 11l-1.6 1.6a2.8 2.8 0 0 1-4-4L5 7" />
    </Icon>
  );
}

function ShieldIcon() {
  return (
    <Icon>
      <path d="M8 1.6l5.2 1.9v3.9c0 3.3-2.1 5.6-5.2 7-3.1-1.4-5.2-3.7-5.2-7V3.5z" />
      <path d="M6.2 6.2l3.6 3.6M9.8 6.2L6.2 9.8" />
    </Icon>
  );
}

/** A place in the picture. */
function PositionIcon() {
  return (
    <Icon>
      <rect x="2" y="2" width="12" height="12" rx="1" />
      <path d="M2 9.5h12M6.5 2v12" />
    </Icon>
  );
}

function SpectroscopicIcon() {
  return (
    <Icon>
      <path d="M2 2v12h12" />
      <path d="M4 11c3 0 2.5-7 4.5-7s1.5 7 4.5 7" />
    </Icon>
  );
}

/** Whether a dim is of places, of spectra, or of an array without either. */
export function SideIcon({ side }: { side: IDim['side'] }) {
  switch (side) {
    case 'position':
      return <PositionIcon />;
    case 'spectroscopic':
      return <SpectroscopicIcon />;
    case 'array':
      return <DatasetIcon />;
  }
}

const BY_KIND: Readonly<Record<NodeKind, () => preact.JSX.Element>> = {
  group: FolderIcon,
  main: MainIcon,
  ancillary: AncillaryIcon,
  dataset: DatasetIcon,
  link: LinkIcon,
  refused: ShieldIcon
};

export function KindIcon({ kind }: { kind: NodeKind }) {
  const Drawn = BY_KIND[kind];
  return <Drawn />;
}

/** Points right; turned downwards by style where something is unfolded. */
export function ChevronIcon() {
  return (
    <Icon>
      <path d="M6 4l4 4-4 4" />
    </Icon>
  );
}

export function TreeIcon() {
  return (
    <Icon>
      <rect x="1.5" y="2.5" width="13" height="11" rx="1" />
      <path d="M6 2.5v11M3 5.5h1.5M3 8h1.5M3 10.5h1.5" />
    </Icon>
  );
}

export function FitIcon() {
  return (
    <Icon>
      <path d="M2 5.5V2h3.5M10.5 2H14v3.5M14 10.5V14h-3.5M5.5 14H2v-3.5" />
      <rect x="5" y="5" width="6" height="6" rx="0.5" />
    </Icon>
  );
}

/** Down into a tray. */
export function SaveIcon() {
  return (
    <Icon>
      <path d="M8 2v8M5 7.2L8 10l3-2.8" />
      <path d="M2 10.5v3h12v-3" />
    </Icon>
  );
}

export function HelpIcon() {
  return (
    <Icon>
      <circle cx="8" cy="8" r="6.3" />
      <path d="M6 6.4a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.5M8 11.6v.1" />
    </Icon>
  );
}

export function ComponentIcon() {
  return (
    <Icon>
      <path d="M8 1.8l6 3.1-6 3.1-6-3.1zM2 8l6 3.1L14 8M2 11.1l6 3.1 6-3.1" />
    </Icon>
  );
}

export function MoreIcon() {
  return (
    <Icon>
      <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.4" />
    </Icon>
  );
}

export function WarningIcon() {
  return (
    <Icon>
      <path d="M8 2.2l6.4 11.3H1.6zM8 6.5v3.4M8 11.8v.1" />
    </Icon>
  );
}

export function CloseIcon() {
  return (
    <Icon>
      <path d="M4 4l8 8M12 4l-8 8" />
    </Icon>
  );
}

export function StepIcon({ back }: { back?: boolean }) {
  return (
    <Icon>
      <path d={back ? 'M9.8 4.2L6 8l3.8 3.8' : 'M6.2 4.2L10 8l-3.8 3.8'} />
    </Icon>
  );
}
